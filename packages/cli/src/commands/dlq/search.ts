import type { DeadMessage } from '../../local/sqs/dead-message.ts';
import type { DlqFilter } from './options.ts';
import type { Queues, ServiceQueue } from './queues.ts';
import { holdMessages } from './reading.ts';
import type { Targets } from './targets.ts';

/** Messages of each queue that one redrive looks at; the next one takes the next messages. */
export const countedMax = 1_000;

/** Messages of each queue that are looked through for ids: some minutes of reading. */
const searchedMax = 100_000;

/** Whether a message is meant, at a time. */
export const matches = ({ cause, olderThanMs }: DlqFilter, now: number) => {
  const part = cause?.toLowerCase() ?? '';
  return (message: DeadMessage): boolean =>
    message.cause.toLowerCase().includes(part) &&
    // An age alone asks the clock of this machine, which may differ from that of SQS.
    (olderThanMs === undefined || message.sentAt <= now - olderThanMs);
};

/**
 * Finds the messages of these ids in a queue, wherever they are in it; leaves all there. Several
 * messages may have the same event, so an id of an event is looked for in the whole queue.
 *
 * @param ids of messages, or of the events in them
 * @param foundMax it ends when it has found so many
 */
export const findMessages = async (
  queues: Queues,
  queue: ServiceQueue,
  ids: readonly string[],
  foundMax: number = Number.POSITIVE_INFINITY,
): Promise<readonly DeadMessage[]> => {
  const holding = holdMessages(queues, queue);
  const found: DeadMessage[] = [];
  const isFound = (one: string): boolean => found.some(({ id }) => id === one);
  let read = 0;
  try {
    while (!ids.every(isFound) && found.length < foundMax && read < searchedMax) {
      const messages = await holding.next(searchedMax - read);
      if (messages.length === 0) break;
      read += messages.length;
      found.push(
        ...messages.filter(({ id, eventId = id }) =>
          ids.some((one) => one === id || one === eventId),
        ),
      );
    }
  } finally {
    await holding.release();
  }
  return found;
};

/** The messages that a person agrees to, with the functions and buses that they are for. */
export type CountedMessages = {
  readonly queues: readonly { readonly queue: string; readonly messages: number }[];
  readonly count: number;
  readonly ids: ReadonlySet<string>;
  /** The names of the targets, in order. */
  readonly targets: readonly string[];
  /** Whether a queue may have further messages, which this run leaves. */
  readonly more: boolean;
};

/** The parts of a message that a count needs. */
export type CountedMessage = {
  readonly id: string;
  readonly isWanted: boolean;
  /** The name of its target, where it has work. */
  readonly target: string | undefined;
};

/** Makes the part of a message that is kept until a person has agreed. */
export const countedOf =
  (isWanted: (message: DeadMessage) => boolean, { nameOf }: Pick<Targets, 'nameOf'>) =>
  (message: DeadMessage): CountedMessage => ({
    id: message.id,
    isWanted: isWanted(message),
    target: message.work && nameOf(message.work),
  });

type Look = { readonly messages: readonly CountedMessage[]; readonly isFull: boolean };

/** Adds up what was read of each queue. */
export const countMessages = async (
  chosen: readonly ServiceQueue[],
  look: (queue: ServiceQueue) => Promise<Look>,
): Promise<CountedMessages> => {
  const found = await Promise.all(
    chosen.map(async (queue) => {
      const { messages, isFull } = await look(queue);
      return { queue: queue.name, isFull, wanted: messages.filter((one) => one.isWanted) };
    }),
  );
  const wanted = found.flatMap((one) => one.wanted);
  return {
    queues: found
      .filter((one) => one.wanted.length > 0)
      .map((one) => ({ queue: one.queue, messages: one.wanted.length })),
    count: wanted.length,
    ids: new Set(wanted.map(({ id }) => id)),
    targets: [...new Set(wanted.flatMap(({ target }) => target ?? []))].toSorted(),
    more: found.some(({ isFull }) => isFull),
  };
};
