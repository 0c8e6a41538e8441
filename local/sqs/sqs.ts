import { setMaxListeners } from 'node:events';
import type { LocalClock } from '../clock.ts';
import type { QueueAnswer } from '../eventbridge/delivery.ts';
import type { QueueDefinition } from './definition.ts';
import { stringAttributes, traceAttributes } from './message.ts';
import { createQueue, type Queue } from './queue.ts';

/** The queues of one Region. */
export interface Sqs {
  readonly account: string;
  readonly queues: readonly Queue[];
  readonly byArn: (arn: string) => Queue | undefined;
  readonly byName: (name: string) => Queue | undefined;
  /** Sends with string attributes and an X-Ray header, for services that know a queue by its ARN. */
  readonly sendToQueue: (
    arn: string,
    body: string,
    attributes: Readonly<Record<string, string>>,
    traceHeader?: string,
  ) => Promise<QueueAnswer>;
  /** Sends the visible messages of a dead-letter queue back, or to `destinationArn`; returns how many. */
  readonly moveMessages: (source: Queue, destinationArn?: string) => number;
  /** Whether some queue's redrive policy names this one. */
  readonly isDeadLetterQueue: (arn: string) => boolean;
  /** Ends long polls without messages; resolves when they have been answered. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts the queues of one Region.
 *
 * @throws {Error} if a redrive policy names a queue that does not exist.
 */
export const createSqs = (options: {
  readonly account: string;
  readonly clock: LocalClock;
  readonly queues: readonly QueueDefinition[];
}): Sqs => {
  const { account, clock } = options;
  const stopped = new AbortController();
  setMaxListeners(0, stopped.signal);
  const queues = new Map<string, Queue>();
  for (const definition of options.queues) {
    const queue = createQueue({
      definition,
      clock,
      stopped: stopped.signal,
      deadLetter: (arn, message) => {
        const target = queues.get(arn);
        target?.adopt(message);
        return target !== undefined;
      },
    });
    queues.set(definition.arn, queue);
  }
  for (const { name, redrive } of options.queues) {
    if (redrive && !queues.has(redrive.deadLetterArn)) {
      throw new Error(
        `Queue ${name} has the dead-letter queue ${redrive.deadLetterArn}, which does not exist.`,
      );
    }
  }
  return {
    account,
    queues: [...queues.values()],
    byArn: (arn) => queues.get(arn),
    byName: (name) => [...queues.values()].find((queue) => queue.definition.name === name),
    sendToQueue: async (arn, body, attributes, traceHeader) => {
      const id = queues.get(arn)?.send({
        body,
        attributes: stringAttributes(attributes),
        systemAttributes: traceAttributes(traceHeader),
      });
      return id === undefined ? 'missing' : 'accepted';
    },
    moveMessages: (source, destinationArn) => {
      const moved = source.drain();
      for (const content of moved) {
        const { deadLetterSourceArn = '', ...sent } = content;
        const target = queues.get(destinationArn ?? deadLetterSourceArn);
        if (target) target.send(sent);
        else source.send(content);
      }
      return moved.length;
    },
    isDeadLetterQueue: (arn) =>
      options.queues.some(({ redrive }) => redrive?.deadLetterArn === arn),
    stop: async () => {
      stopped.abort();
      // All that a poll still does before its answer leaves happens within this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};
