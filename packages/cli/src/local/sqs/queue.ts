import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../clock.ts';
import type { QueueDefinition } from './definition.ts';
import { createDeduplication, type SentMessage } from './fifo.ts';
import { createPolls } from './long-polls.ts';
import type { MessageContent } from './message.ts';

/** A message as a receiver sees it. Times are milliseconds since the epoch. */
export type ReceivedMessage = MessageContent & {
  readonly id: string;
  /** Valid until the message is received again. */
  readonly receiptHandle: string;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
  readonly receiveCount: number;
  /** Only a FIFO queue gives one. */
  readonly sequenceNumber: string | undefined;
};

/** A message on its way to a dead-letter queue: its id, times and count stay as they are. */
export type MovedMessage = {
  readonly id: string;
  readonly content: MessageContent;
  readonly sentAt: number;
  readonly firstReceivedAt: number | undefined;
  readonly receiveCount: number;
};

/** A message as a person sees it who does not receive it. */
export type ListedMessage = Pick<MovedMessage, 'id' | 'content' | 'sentAt'>;

export type QueueCounts = {
  readonly visible: number;
  /** Received, and neither deleted nor visible again. */
  readonly inFlight: number;
  readonly delayed: number;
};

/** A standard queue, or a FIFO queue. */
export interface Queue {
  /** As it is now. */
  readonly definition: QueueDefinition;
  /** Changes its settings; messages that it holds stay, under the new ones. */
  readonly configure: (definition: QueueDefinition) => void;
  /** Returns the id of the message, or of the one that a FIFO queue knows it by. */
  readonly send: (content: MessageContent, delaySeconds?: number) => SentMessage;
  /** Takes a message from the queue whose dead-letter queue this is. */
  readonly adopt: (message: MovedMessage) => void;
  /**
   * Takes up to `max` messages, waiting `waitSeconds` for the first. A message of a FIFO queue
   * waits while another one of its group is in flight.
   */
  readonly receive: (options: {
    readonly max: number;
    readonly visibilitySeconds?: number | undefined;
    readonly waitSeconds?: number | undefined;
    /** Ends the wait. */
    readonly signal?: AbortSignal | undefined;
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
  /** All messages, those in flight too, without receiving them. */
  readonly list: () => readonly ListedMessage[];
  /** Deletes a message by its id, as a person who has seen it in the list. */
  readonly discard: (id: string) => void;
  /**
   * Takes out up to `max` visible messages, of those that `move` says true of; returns how many.
   */
  readonly moveOut: (max: number, move: (content: MessageContent) => boolean) => number;
  /** Ends long polls; later ones do not wait. */
  readonly stop: () => void;
  readonly counts: () => QueueCounts;
}

type Stored = {
  readonly id: string;
  readonly sequenceNumber: string | undefined;
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
};

const received = (stored: Stored): ReceivedMessage => ({
  ...stored.content,
  id: stored.id,
  receiptHandle: stored.receiptHandle ?? '',
  sentAt: stored.sentAt,
  firstReceivedAt: stored.firstReceivedAt ?? stored.sentAt,
  receiveCount: stored.receiveCount,
  sequenceNumber: stored.sequenceNumber,
});

/** The messages of a queue, in the order of their arrival, and who may see them when. */
const createStore = (
  { clock, deadLetter }: Pick<Dependencies, 'clock' | 'deadLetter'>,
  settings: () => QueueDefinition,
) => {
  const messages = new Map<string, Stored>();

  const isOut = (stored: Stored): boolean => {
    const { redrive, retentionSeconds, arn } = settings();
    if (clock.now() >= stored.sentAt + retentionSeconds * 1_000) return true;
    const tooOften = redrive !== undefined && stored.ownReceives >= redrive.receivesMax;
    if (!tooOften) return false;
    const content = { ...stored.content, deadLetterSourceArn: arn };
    return deadLetter(redrive.deadLetterArn, { ...stored, content });
  };

  /** The groups of a FIFO queue of which a message is in flight. */
  const busyGroups = (): Set<string | undefined> =>
    new Set(
      [...(settings().fifo ? messages.values() : [])]
        .filter(({ visibleAt, ownReceives }) => ownReceives > 0 && visibleAt > clock.now())
        .map(({ content }) => content.groupId),
    );

  /** Up to `max` visible messages; expired and repeatedly failed ones on the way to them leave. */
  const visible = (max: number): readonly Stored[] => {
    const seen: Stored[] = [];
    const busy = busyGroups();
    for (const stored of messages.values()) {
      if (seen.length === max) break;
      if (settings().fifo && busy.has(stored.content.groupId)) continue;
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

  const unreceived: Pick<Queue, 'purge' | 'list' | 'discard'> = {
    purge: () => messages.clear(),
    list: () => [...messages.values()],
    discard: (id) => void messages.delete(id),
  };

  return { messages, visible, take, byHandle, unreceived };
};

/**
 * A queue in memory. Visibility timeouts and long polls take real time, whatever the speed of the
 * clock, because the receivers are not sped up. Delays before the first receive follow the clock.
 */
export const createQueue = (dependencies: Dependencies): Queue => {
  const { clock } = dependencies;
  let definition = dependencies.definition;
  const stored = createStore(dependencies, () => definition);
  const { messages, visible, take, byHandle, unreceived } = stored;
  const deduplication = createDeduplication(definition.fifo, clock);
  const { wake, pause, stop, isStopped } = createPolls(messages, clock);

  const store = (
    { id, content, ...moved }: MovedMessage,
    visibleAt: number,
    { sequenceNumber }: SentMessage,
  ): void => {
    messages.set(id, {
      ...moved,
      id,
      sequenceNumber,
      content,
      visibleAt,
      ownReceives: 0,
      receivedAt: 0,
      receiptHandle: undefined,
    });
    wake();
  };

  return {
    get definition() {
      return definition;
    },
    configure: (changed) => {
      definition = changed;
      wake();
    },
    send: (content, delaySeconds = definition.delaySeconds) => {
      const known = deduplication.known(content);
      if (known) return known;
      const now = clock.now();
      const id = randomUUID();
      const sent = deduplication.take(id, content);
      const message = { id, content, sentAt: now, firstReceivedAt: undefined, receiveCount: 0 };
      store(message, now + (delaySeconds * 1_000) / clock.speed, sent);
      return sent;
    },
    adopt: (message) =>
      store(message, clock.now(), deduplication.take(message.id, message.content)),
    receive: async ({ max, visibilitySeconds, waitSeconds, signal }) => {
      const until = clock.now() + (waitSeconds ?? definition.receiveWaitSeconds) * 1_000;
      for (;;) {
        if (signal?.aborted) return [];
        const taken = take(max, visibilitySeconds ?? definition.visibilityTimeoutSeconds);
        const remainingMs = until - clock.now();
        if (taken.length > 0 || remainingMs <= 0 || isStopped()) return taken;
        await pause(remainingMs, signal);
      }
    },
    remove: (receiptHandle) => {
      const stored = byHandle(receiptHandle);
      if (!stored) return;
      messages.delete(stored.id);
      // The next message of its group may be received now.
      if (definition.fifo) wake();
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
    ...unreceived,
    moveOut: (max, move) => {
      const moved = visible(max).filter(({ content }) => move(content));
      for (const { id } of moved) messages.delete(id);
      return moved.length;
    },
    stop,
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
