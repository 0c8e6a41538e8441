import type { Queues } from '../../../../../packages/cli/src/commands/dlq/queues.ts';
import { targetsOf } from '../../../../../packages/cli/src/commands/dlq/targets.ts';
import type { QueuedMessage } from '../../../../../packages/cli/src/local/sqs/dead-message.ts';

export const queue = { name: 'dead', url: 'https://sqs/dead' };
export const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:f';

/** The service whose queues these are. */
export const service = {
  ...{ stack: 'shop', account: '000000000000', region: 'us-east-1' },
  ...{ access: undefined, settings: { region: 'us-east-1' }, outputs: { EventBusName: 'shop' } },
  resources: [
    { type: 'AWS::Lambda::Function', logicalId: 'F', id: 'f' },
    { type: 'AWS::SQS::Queue', logicalId: 'Q', id: 'https://sqs/000000000000/work' },
  ],
};

export const targets = targetsOf(service);

export const message = (id: string): QueuedMessage => ({
  MessageId: id,
  ReceiptHandle: `${id}/1`,
  Body: JSON.stringify({
    requestContext: { functionArn },
    requestPayload: { id, detail: { id: `event-${id}` } },
  }),
  Attributes: { SentTimestamp: '1000' },
});

/** A queue that hides what was received, and shows all messages again where it is to. */
export const queueOf = (ids: readonly string[], { repeats = false } = {}) => {
  const there = new Map(ids.map((id) => [id, message(id)]));
  const hidden = new Set<string>();
  const calls: string[] = [];
  const idOf = (handle: string) => handle.split('/')[0] ?? '';
  const queues: Queues = {
    all: [queue],
    counts: async () => ({ visible: there.size - hidden.size, hidden: hidden.size }),
    receive: async (_queue, max) => {
      const found = [...there.values()]
        .filter(({ MessageId = '' }) => repeats || !hidden.has(MessageId))
        .slice(0, max);
      for (const { MessageId = '' } of found) hidden.add(MessageId);
      return found;
    },
    release: async (_queue, handles) => {
      for (const handle of handles) hidden.delete(idOf(handle));
    },
    hide: async (_queue, handle, seconds) => void calls.push(`hide ${idOf(handle)} ${seconds}`),
    remove: async (_queue, handle) => {
      calls.push(`remove ${idOf(handle)}`);
      there.delete(idOf(handle));
      hidden.delete(idOf(handle));
    },
    close: () => undefined,
  };
  return { queues, calls, there, hidden };
};
