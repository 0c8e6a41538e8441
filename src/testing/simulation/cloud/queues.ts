import type { Machine, SimulatedProcess } from '../machine/process.ts';
import type { GivenUp, SimulatedFunction, SimulatedLambda } from './lambda.ts';
import type { Regions } from './regions.ts';

/** A message in a dead-letter queue. */
export type DeadMessage = GivenUp & { readonly region: string };

/** The dead-letter queues of both Regions. */
export interface DeadLetterQueues {
  readonly add: (message: DeadMessage) => void;
  /** Sends a message from a process, as SQS's `SendMessage` does. */
  readonly send: (process: SimulatedProcess, message: GivenUp) => Promise<void>;
  /** Takes all messages of the Regions that are there. */
  readonly take: () => readonly DeadMessage[];
  readonly count: () => number;
  /** All messages that there ever were. */
  readonly all: readonly DeadMessage[];
}

/** How long a sender waits for an answer that does not come. Milliseconds. */
const unansweredMs = 5_000;

/** Dead-letter queues without a message. */
export const createDeadLetterQueues = (machine: Machine, regions: Regions): DeadLetterQueues => {
  const { scheduler, faults, story } = machine;
  const all: DeadMessage[] = [];
  let waiting: DeadMessage[] = [];

  const add = (message: DeadMessage): void => {
    if (story.isTold) {
      const { functionName, region, reason } = message;
      story.tell(`The dead letters of ${functionName} in ${region}`, `get an event: ${reason}`);
    }
    all.push(message);
    waiting.push(message);
  };

  return {
    add,
    all,
    count: () => waiting.length,
    send: (process, message) =>
      new Promise((resolve, reject) => {
        const lose = (): void =>
          scheduler.after(unansweredMs, process, 'SendMessage: lost', () =>
            reject(new Error('SendMessage has timed out')),
          );
        if (faults.happens('dead letter lost')) return lose();
        scheduler.after(regions.latencyMs(), undefined, 'SendMessage', () => {
          if (!regions.isUp(process.region)) return;
          add({ ...message, region: process.region });
          if (faults.happens('dead letter lost')) lose();
          else scheduler.after(regions.latencyMs(), process, 'SendMessage: answered', resolve);
        });
      }),
    take: () => {
      const taken = waiting.filter(({ region }) => regions.isUp(region));
      waiting = waiting.filter((one) => !taken.includes(one));
      return taken;
    },
  };
};

/** A queue between a bus and a function, with Lambda's event source mapping. */
export interface SimulatedQueue {
  readonly send: (body: string) => void;
  /** Messages that are not handled yet. */
  readonly count: () => number;
}

type Message = { readonly id: string; readonly body: string; receives: number; isGone: boolean };

/** The settings of a queue that matter here. */
export type QueueSettings = {
  readonly batchSize: number;
  readonly batchWindowSeconds: number;
  readonly receivesMax: number;
};

/** The visibility timeout in timeouts of the function, as the construct sets it. */
const timeoutsHidden = 6;

/** A poll of the event source mapping. Milliseconds. */
const pollMs = [5, 200] as const;

/** The ids of the messages that a batch has failed for. */
const failedIn = (value: unknown): ReadonlySet<string> => {
  const { batchItemFailures = [] } = Object(value) as {
    readonly batchItemFailures?: readonly { readonly itemIdentifier: string }[];
  };
  return new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
};

/**
 * A standard queue of SQS. A message that is not deleted comes again after the visibility timeout,
 * and is a dead letter after too many receives.
 */
export const createQueue = (
  machine: Machine,
  parts: {
    readonly regions: Regions;
    readonly lambda: SimulatedLambda;
    readonly deadLetters: DeadLetterQueues;
  },
  fn: SimulatedFunction,
  settings: QueueSettings,
): SimulatedQueue => {
  const { scheduler, faults, random } = machine;
  const { regions, lambda, deadLetters } = parts;
  const { batchSize, batchWindowSeconds, receivesMax } = settings;
  const visible: Message[] = [];
  let count = 0;
  let isPolling = false;

  const show = (message: Message): void => {
    if (message.isGone) return;
    if (message.receives >= receivesMax) {
      message.isGone = true;
      count -= 1;
      const reason = `received ${message.receives} times`;
      const { region, name: functionName } = fn;
      const text = JSON.stringify(eventOf([message])());
      deadLetters.add({ region, functionName, text, reason });
      return;
    }
    visible.push(message);
    poll();
  };

  /** The event with messages as they are now, made anew at each call. */
  const eventOf = (messages: readonly Message[]): (() => unknown) => {
    const received = messages.map(({ id, body, receives }) => ({ id, body, receives }));
    return () => ({
      Records: received.map(({ id, body, receives }) => ({
        ...{ messageId: id, body, eventSource: 'aws:sqs' },
        eventSourceARN: `arn:aws:sqs:${fn.region}:123456789012:${fn.name}`,
        attributes: { ApproximateReceiveCount: String(receives) },
      })),
    });
  };

  const handle = (batch: readonly Message[]): void => {
    for (const message of batch) message.receives += 1;
    const hiddenMs = timeoutsHidden * fn.timeoutMs;
    const hide = (message: Message, ms: number): void =>
      scheduler.after(ms, undefined, 'visible again', () =>
        regions.whenUp(fn.region, () => show(message)),
      );
    lambda.invoke(fn, eventOf(batch), (end) => {
      const failed = end.ok ? failedIn(end.value) : undefined;
      for (const message of batch) {
        if (!failed || failed.has(message.id)) {
          hide(message, hiddenMs);
          continue;
        }
        // Standard queues may deliver a message again that was deleted (developer guide, SQS).
        if (faults.happens('message twice')) {
          hide(message, random.within(pollMs));
          continue;
        }
        if (!message.isGone) count -= 1;
        message.isGone = true;
      }
    });
  };

  const poll = (): void => {
    if (isPolling) return;
    isPolling = true;
    const waitMs = random.within(pollMs) + batchWindowSeconds * 1_000;
    scheduler.after(waitMs, undefined, 'polled', () =>
      regions.whenUp(fn.region, () => {
        isPolling = false;
        const batch = visible.splice(0, batchSize);
        if (batch.length > 0) handle(batch);
        if (visible.length > 0) poll();
      }),
    );
  };

  return {
    send: (body) => {
      count += 1;
      show({ id: random.uuid(), body, receives: 0, isGone: false });
    },
    count: () => count,
  };
};
