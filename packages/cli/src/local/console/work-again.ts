import { defined } from 'antipode/internal/domain';
import { nameInArn } from '../arn.ts';
import type { EventBridge } from '../eventbridge/index.ts';
import {
  type DeadMessage,
  entryOf,
  outcomeOf,
  type Queue,
  readDeadMessage,
  type Sqs,
  type Work,
} from '../sqs/index.ts';
import type { DeadLetter, Done } from './page/entry.ts';

/** A function that a person may invoke. */
type Invocable = {
  readonly invoke: (
    payload: string,
  ) => Promise<{ readonly payload: string; readonly functionError?: string }>;
};

/** The parts of a Region with which work is done again. */
export type WorkRegion = {
  readonly region: string;
  readonly sqs: Sqs;
  readonly functions: ReadonlyMap<string, Invocable>;
  readonly events: Pick<EventBridge, 'putEvents'>;
  readonly isRunning: () => boolean;
};

const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

const done = (message: string): Done => ({ done: true, message });
const failed = (message: string): Done => ({ done: false, message });

/** A queue may hold work that waits for its turn, too: that is no dead letter. */
const isDead = ({ kind, cause }: DeadMessage): boolean =>
  kind !== 'unknown' || cause !== 'not known';

const deadIn = (queue: Queue): readonly DeadMessage[] =>
  queue
    .list()
    .map(({ id, sentAt, content }) =>
      readDeadMessage({
        MessageId: id,
        Body: content.body,
        MessageAttributes: Object.fromEntries(
          Object.entries(content.attributes).map(([name, { DataType, StringValue }]) => [
            name,
            { DataType, StringValue },
          ]),
        ),
        Attributes: {
          SentTimestamp: String(sentAt),
          ...defined({
            DeadLetterQueueSourceArn: content.deadLetterSourceArn,
            MessageGroupId: content.groupId,
          }),
        },
      }),
    )
    .filter(isDead);

/** The dead letters of all queues, the newest first. */
export const deadLettersOf = (regions: readonly WorkRegion[]): readonly DeadLetter[] =>
  regions
    .flatMap(({ region, sqs }) =>
      sqs.queues.flatMap((queue) =>
        deadIn(queue).map(({ id, sentAt, cause, target, eventType, eventId, work, body }) => ({
          ...{ id, region, queue: queue.definition.name, sentAt, cause, body },
          target: nameInArn(target),
          ...defined({ eventType, eventId }),
          canBeRedriven: work !== undefined,
        })),
      ),
    )
    .toSorted((one, other) => other.sentAt - one.sentAt);

const invoke = async ({ region, functions }: WorkRegion, name: string, payload: string) => {
  const target = functions.get(name);
  if (!target) throw new Error(`There is no function ${name} in ${region}.`);
  return target.invoke(payload);
};

const put = ({ events }: WorkRegion, busName: string, event: string): void => {
  const { Time, ...entry } = entryOf(event, busName);
  const sent = { ...entry, ...(Time && { Time: Time.getTime() / 1_000 }) };
  const [result] = events.putEvents([sent]).Entries;
  if (result && 'ErrorCode' in result)
    throw new Error(`${result.ErrorCode}: ${result.ErrorMessage}`);
};

const doAgain = async (region: WorkRegion, work: Work): Promise<'done' | 'set-aside'> => {
  if (work.kind === 'put') {
    put(region, work.busName, work.event);
    return 'done';
  }
  if (work.kind === 'invoke') {
    // `$LATEST` and an alias lead to the function of the name.
    const [, name = ''] = /:function:([^:]+)/.exec(work.functionArn) ?? [];
    const { payload, functionError } = await invoke(region, name, work.payload);
    return outcomeOf({ FunctionError: functionError, Payload: Buffer.from(payload) });
  }
  const { queueArn, body, groupId, messageId } = work;
  const queue = region.sqs.byArn(queueArn);
  if (!queue) throw new Error(`There is no queue ${nameInArn(queueArn)} in ${region.region}.`);
  queue.send({
    body,
    attributes: Object.fromEntries(
      Object.entries(work.attributes).map(([name, { DataType = 'String', StringValue }]) => [
        name,
        { DataType, StringValue },
      ]),
    ),
    ...(groupId !== undefined && { groupId }),
    ...(queueArn.endsWith('.fifo') && { deduplicationId: messageId }),
  });
  return 'done';
};

const runningRegion = (regions: readonly WorkRegion[], name: unknown): WorkRegion => {
  const found = regions.find(({ region }) => region === name);
  if (!found) throw new Error('Give the Region of the stack in which it is to be done.');
  if (!found.isRunning()) throw new Error(`${found.region} is stopped: start it first.`);
  return found;
};

/**
 * Does the work of a dead letter again, and deletes the message after its success. After a failure
 * it stays.
 */
export const redrive = async (
  regions: readonly WorkRegion[],
  asked: Readonly<Record<string, unknown>>,
): Promise<Done> => {
  try {
    const region = runningRegion(regions, asked['region']);
    const queue = region.sqs.byName(String(asked['queue']));
    const message = queue && deadIn(queue).find(({ id }) => id === asked['id']);
    if (!queue || !message) return failed('This message is no longer in the queue.');
    if (!message.work) return failed('This message does not say what to run again.');
    const outcome = await doAgain(region, message.work);
    queue.discard(message.id);
    return outcome === 'done'
      ? done('Done again, and deleted from the queue.')
      : failed('The function cannot read it either: it is in the queue again, as a new message.');
  } catch (error) {
    return failed(`It has failed again, and stays in the queue: ${messageOf(error)}`);
  }
};

/** Sends an event to a bus again, or an input to a function, as it was or as it was edited. */
export const sendAgain = async (
  regions: readonly WorkRegion[],
  asked: Readonly<Record<string, unknown>>,
): Promise<Done> => {
  const { bus, functionName, payload } = asked;
  try {
    const region = runningRegion(regions, asked['region']);
    const text = String(payload);
    JSON.parse(text);
    if (typeof bus === 'string') {
      put(region, bus, text);
      return done(`Sent to the bus ${bus}.`);
    }
    const answer = await invoke(region, String(functionName), text);
    const told = `${functionName} has answered: ${answer.payload}`;
    return answer.functionError === undefined ? done(told) : failed(told);
  } catch (error) {
    return failed(messageOf(error));
  }
};
