import { type DeadMessage, type QueuedMessage, readDeadMessage } from './dead-message.ts';
import type { Queues, ServiceQueue } from './queues.ts';

/** Rounds without a new message after which a queue counts as read. */
const emptyRoundsMax = 3;

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
      for (let round = 0; round < emptyRoundsMax; round += 1) {
        const received = await queues.receive(queue, max);
        if (received.length === 0) return [];
        const fresh = received.filter(isNew);
        for (const { MessageId = '', ReceiptHandle = '' } of received) {
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

/** Reads up to so many messages of a queue, and leaves them there. */
export const readMessages = async (
  queues: Queues,
  queue: ServiceQueue,
  max: number,
): Promise<readonly DeadMessage[]> => {
  const holding = holdMessages(queues, queue);
  const found: DeadMessage[] = [];
  try {
    while (found.length < max) {
      const messages = await holding.next(max - found.length);
      if (messages.length === 0) break;
      found.push(...messages);
    }
  } finally {
    await holding.release();
  }
  return found.toSorted((one, other) => one.sentAt - other.sentAt);
};
