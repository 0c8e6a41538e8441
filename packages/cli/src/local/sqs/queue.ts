import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../clock.ts';
import type { QueueDefinition } from './definition.ts';
import type { MessageContent } from './message.ts';

/** A message as a receiver sees it. Times are milliseconds since the epoch. */
export type ReceivedMessage = MessageContent & {
  readonly id: string;
  /** Valid until the message is received again. */
  readonly receiptHandle: string;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
};

/** A message on its way to a dead-letter queue: its id, times and count stay as they are. */
export type MovedMessage = {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  readonly firstReceivedAt: number | undefined;
  readonly receiveCount: number;
};

export type QueueCounts = {
  readonly visible: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  readonly delayed: number;
};

/** A standard queue. */
export interface Queue {
  readonly definition: QueueDefinition;
  /** Returns the id of the message. */
  readonly send: (content: MessageContent, delaySeconds?: number) => string;
  /** Takes a message from the queue whose dead-letter queue this is. */
  readonly adopt: (message: MovedMessage) => void;
  /** Takes up to `max` messages, waiting `waitSeconds` for the first. */
  readonly receive: (options: {
    readonly max: number;
    readonly visibilitySeconds?: number | undefined;
    readonly waitSeconds?: number | undefined;
  }) => Promise<readonly ReceivedMessage[]>;
  /** Does nothing if the handle is of an earlier receive, as SQS. */
  readonly remove: (receiptHandle: string) => void;
  /**
   * Hides a message for so long from now on, also when its visibility timeout is over and nobody
   * else has received it. It is missing when it was deleted or received again; the time is too long
   * when it would end more than 12 hours after the receive.
   */
  readonly changeVisibility: (
    receiptHandle: string,
    seconds: number,
  ) => 'changed' | 'missing' | 'too-long';
  readonly purge: () => void;
  /**
   * Takes out up to `max` visible messages, of those that `move` says true of; returns how many.
   */
  readonly moveOut: (max: number, move: (content: MessageContent) => boolean) => number;
  readonly counts: () => QueueCounts;
}

type Stored = {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  visibleAt: number;
  /** Receives of the message, in all queues that it was in. */
  receiveCount: number;
  /** Receives in this queue. Its redrive policy counts these. */
  ownReceives: number;
  firstReceivedAt: number | undefined;
  receivedAt: number;
  receiptHandle: string | undefined;
};

/** Since the receive (ChangeMessageVisibility, API reference). */
const visibilityMsMax = 43_200_000;

type Dependencies = {
  readonly definition: QueueDefinition;
  readonly clock: LocalClock;
  /** Takes a message that was received too often; false if there is no such queue. */
  readonly deadLetter: (queueArn: string, message: MovedMessage) => boolean;
  /** Ends long polls. */
  readonly stopped: AbortSignal;
};

const received = (stored: Stored): ReceivedMessage => ({
  ...stored.content,
  id: stored.id,
  receiptHandle: stored.receiptHandle ?? '',
  sentAt: stored.sentAt,
  firstReceivedAt: stored.firstReceivedAt ?? stored.sentAt,
  receiveCount: stored.receiveCount,
});

/** The messages of a queue, in the order of their arrival, and who may see them when. */
const createStore = ({ definition, clock, deadLetter }: Omit<Dependencies, 'stopped'>) => {
  const messages = new Map<string, Stored>();
  const { redrive, retentionSeconds } = definition;

  const isOut = (stored: Stored): boolean => {
    if (clock.now() >= stored.sentAt + retentionSeconds * 1_000) return true;
    const tooOften = redrive !== undefined && stored.ownReceives >= redrive.receivesMax;
    if (!tooOften) return false;
    const content = { ...stored.content, deadLetterSourceArn: definition.arn };
    return deadLetter(redrive.deadLetterArn, { ...stored, content });
  };

  /** Up to `max` visible messages; expired and repeatedly failed ones on the way to them leave. */
  const visible = (max: number): readonly Stored[] => {
    const seen: Stored[] = [];
    for (const stored of messages.values()) {
      if (seen.length === max) break;
      if (stored.visibleAt > clock.now()) continue;
      if (!isOut(stored)) seen.push(stored);
      // A queue that is its own dead-letter queue has it again by now.
      else if (messages.get(stored.id) === stored) messages.delete(stored.id);
    }
    return seen;
  };

  const take = (max: number, visibilitySeconds: number): readonly ReceivedMessage[] =>
    visible(max).map((stored) => {
      stored.visibleAt = clock.now() + visibilitySeconds * 1_000;
      stored.receiveCount += 1;
      stored.ownReceives += 1;
      stored.receivedAt = clock.now();
      stored.firstReceivedAt ??= clock.now();
      stored.receiptHandle = `${stored.id}/${randomUUID()}`;
      return received(stored);
    });

  /** The message, if this is the handle of its latest receive. */
  const byHandle = (receiptHandle: string): Stored | undefined => {
    const stored = messages.get(receiptHandle.split('/')[0] ?? '');
    return stored?.receiptHandle === receiptHandle ? stored : undefined;
  };

  return { messages, visible, take, byHandle };
};

/**
 * A standard queue in memory. Visibility timeouts and long polls take real time, whatever the speed
 * of the clock, because the receivers are not sped up. Delays before the first receive follow the
 * clock.
 */
export const createQueue = (dependencies: Dependencies): Queue => {
  const { definition, clock, stopped } = dependencies;
  const { messages, visible, take, byHandle } = createStore(dependencies);
  /**
   * Signals of the polls that wait. A signal that all polls share would keep each beyond its wait.
   */
  const waiting = new Set<AbortController>();

  const wake = (): void => {
    for (const poll of waiting) poll.abort();
  };
  stopped.addEventListener('abort', wake, { once: true });

  /** Waits in real time, until a message may have become visible. */
  const pause = async (msMax: number): Promise<void> => {
    const now = clock.now();
    let next = msMax;
    for (const { visibleAt } of messages.values()) next = Math.min(next, visibleAt - now);
    const ms = Math.max(1, next);
    const poll = new AbortController();
    waiting.add(poll);
    await clock
      .sleep(ms * clock.speed, poll.signal)
      .catch((error: unknown) => {
        if (!poll.signal.aborted) throw error;
      })
      .finally(() => waiting.delete(poll));
  };

  const store = ({ id, content, ...moved }: MovedMessage, visibleAt: number): void => {
    messages.set(id, {
      ...moved,
      id,
      content,
      visibleAt,
      ownReceives: 0,
      receivedAt: 0,
      receiptHandle: undefined,
    });
    wake();
  };

  return {
    definition,
    send: (content, delaySeconds = definition.delaySeconds) => {
      const now = clock.now();
      const id = randomUUID();
      const message = { id, content, sentAt: now, firstReceivedAt: undefined, receiveCount: 0 };
      store(message, now + (delaySeconds * 1_000) / clock.speed);
      return id;
    },
    adopt: (message) => store(message, clock.now()),
    receive: async ({ max, visibilitySeconds, waitSeconds }) => {
      const until = clock.now() + (waitSeconds ?? definition.receiveWaitSeconds) * 1_000;
      for (;;) {
        const taken = take(max, visibilitySeconds ?? definition.visibilityTimeoutSeconds);
        const remainingMs = until - clock.now();
        if (taken.length > 0 || remainingMs <= 0 || stopped.aborted) return taken;
        await pause(remainingMs);
      }
    },
    remove: (receiptHandle) => {
      const stored = byHandle(receiptHandle);
      if (stored) messages.delete(stored.id);
    },
    changeVisibility: (receiptHandle, seconds) => {
      const stored = byHandle(receiptHandle);
      if (!stored) return 'missing';
      const visibleAt = clock.now() + seconds * 1_000;
      if (visibleAt > stored.receivedAt + visibilityMsMax) return 'too-long';
      stored.visibleAt = visibleAt;
      wake();
      return 'changed';
    },
    purge: () => messages.clear(),
    moveOut: (max, move) => {
      const moved = visible(max).filter(({ content }) => move(content));
      for (const { id } of moved) messages.delete(id);
      return moved.length;
    },
    counts: () => {
      const hidden = [...messages.values()].filter((stored) => stored.visibleAt > clock.now());
      const delayed = hidden.filter((stored) => stored.receiveCount === 0).length;
      return {
        visible: messages.size - hidden.length,
        inFlight: hidden.length - delayed,
        delayed,
      };
    },
  };
};
