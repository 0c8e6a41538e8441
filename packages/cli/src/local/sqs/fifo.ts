import { createHash } from 'node:crypto';
import type { LocalClock } from '../clock.ts';
import type { FifoSettings } from './definition.ts';
import type { MessageContent } from './message.ts';

/** The id and the place of a message that a queue has taken. */
export type SentMessage = {
  readonly id: string;
  /** Only a FIFO queue gives one: 20 digits, larger for each message of the queue. */
  readonly sequenceNumber?: string;
};

/** The interval in which SQS knows a message again (developer guide, exactly-once processing). */
const deduplicationMs = 5 * 60_000;

/** SQS's sequence numbers have 20 digits. */
const sequenceStart = 10_000_000_000_000_000_000n;

/** The deduplication id of a message that has none, in a queue that makes one of the content. */
export const contentDigest = (body: string): string =>
  createHash('sha256').update(body).digest('hex');

/** Knows the messages of the last minutes again, and numbers the others. */
export const createDeduplication = (
  fifo: FifoSettings | undefined,
  clock: Pick<LocalClock, 'now'>,
) => {
  const recent = new Map<string, { readonly sent: SentMessage; readonly until: number }>();
  let sequence = sequenceStart;

  const keyOf = ({ groupId = '', deduplicationId = '' }: MessageContent): string =>
    fifo?.perGroup ? JSON.stringify([groupId, deduplicationId]) : deduplicationId;

  const forgetOld = (): void => {
    for (const [key, { until }] of recent) {
      if (until > clock.now()) return;
      recent.delete(key);
    }
  };

  return {
    /** The message that was sent before with the same deduplication id. */
    known: (content: MessageContent): SentMessage | undefined => {
      if (!fifo) return undefined;
      forgetOld();
      return recent.get(keyOf(content))?.sent;
    },
    /** Remembers a message that the queue has taken. */
    take: (id: string, content: MessageContent): SentMessage => {
      if (!fifo) return { id };
      sequence += 1n;
      const sent = { id, sequenceNumber: String(sequence) };
      recent.set(keyOf(content), { sent, until: clock.now() + deduplicationMs });
      return sent;
    },
  };
};
