import {
  type DeadMessage,
  type QueuedMessage,
  readDeadMessage,
} from '../../local/sqs/dead-message.ts';
import type { Queues, ServiceQueue } from './queues.ts';

/** Rounds of repeated messages alone after which a queue counts as read. */
const repeatedRoundsMax = 3;

/** Messages of a queue that this command holds, so that nobody else sees them. */
export interface Holding {
  /**
   * The next messages that it has not held before, at most `max`; none when the queue has no more.
   */
  readonly next: (max: number) => Promise<readonly DeadMessage[]>;
  /** The receipt of a message that is held. */
  readonly handleOf: (message: Pick<DeadMessage, 'id'>) => string;
  /** Forgets a message, which has been deleted. */
  readonly forget: (message: Pick<DeadMessage, 'id'>) => void;
  /** Shows all that is held to everybody again. */
  readonly release: () => Promise<void>;
}

/** Receives from a queue; a message that comes again is held by its newer receipt. */
export const holdMessages = (queues: Queues, queue: ServiceQueue): Holding => {
  const handles = new Map<string, string>();
  const gone = new Set<string>();
  const isNew = ({ MessageId: id = '' }: QueuedMessage): boolean =>
    !handles.has(id) && !gone.has(id);
  return {
    next: async (max) => {
      // Held messages come again when they are no longer hidden. The first time that one comes says
      // nothing about the rest of the queue.
      const seen = new Set<string>();
      for (let repeatedRounds = 0; repeatedRounds < repeatedRoundsMax; ) {
        const received = await queues.receive(queue, max);
        if (received.length === 0) return [];
        const fresh = received.filter(isNew);
        if (received.every(({ MessageId = '' }) => seen.has(MessageId))) repeatedRounds += 1;
        for (const { MessageId = '', ReceiptHandle = '' } of received) {
          seen.add(MessageId);
          handles.set(MessageId, ReceiptHandle);
        }
        if (fresh.length > 0) return fresh.map(readDeadMessage);
      }
      return [];
    },
    handleOf: ({ id }) => handles.get(id) ?? '',
    forget: ({ id }) => {
      handles.delete(id);
      gone.add(id);
    },
    release: () => queues.release(queue, [...handles.values()]),
  };
};

/**
 * Reads up to so many messages of a queue, and leaves them there.
 *
 * @param keep makes what is kept of a message: a whole one has up to a megabyte
 */
export const readMessages = async <Kept>(
  queues: Queues,
  queue: ServiceQueue,
  max: number,
  keep: (message: DeadMessage) => Kept,
): Promise<readonly Kept[]> => {
  const holding = holdMessages(queues, queue);
  const kept: Kept[] = [];
  try {
    while (kept.length < max) {
      const messages = await holding.next(max - kept.length);
      if (messages.length === 0) break;
      kept.push(...messages.map(keep));
    }
  } finally {
    await holding.release();
  }
  return kept;
};
