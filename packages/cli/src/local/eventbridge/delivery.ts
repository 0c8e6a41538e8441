import type { LocalClock } from '../clock.ts';
import { noOutage, type Outage } from '../outage.ts';
import type { BusEvent } from './event.ts';
import {
  type InjectedDeliveryFailures,
  noInjectedFailures,
  type RandomNumbers,
} from './failure-injection.ts';

/** Why an attempt failed, in the words of a dead-letter record. */
export type AttemptFailure = {
  readonly code: string;
  readonly message: string;
  /**
   * Missing permissions and targets are not retried; an event for a bus that does not exist is just
   * lost.
   */
  readonly disposition: 'retry' | 'dead-letter' | 'drop';
};

export type RetryPolicy = {
  /** Attempts after the first one, 0 to 185. */
  readonly retriesMax: number;
  /** Seconds of AWS time, 60 to 86,400. */
  readonly ageSecondsMax: number;
};

/**
 * Something to bring to a target until it takes it, refuses it for good, or the policy is used up.
 */
export type Delivery = {
  /** One line for a person, which names the event and the target. */
  readonly description: string;
  /** The event that it brings, where it brings one from a bus. */
  readonly event?: BusEvent | undefined;
  /** Resolves to nothing when the target has taken it. */
  readonly attempt: () => Promise<AttemptFailure | undefined>;
  readonly retryPolicy: RetryPolicy;
  /** The input of the target, for the dead letter. */
  readonly body: string;
  readonly deadLetterQueueArn: string | undefined;
  /** Message attributes of a dead-letter record besides those on the failure. */
  readonly deadLetterAttributes: Readonly<Record<string, string>>;
  /** X-Ray header of the event, which its dead letter has too. */
  readonly traceHeader?: string | undefined;
};

/** Called as deliveries go on and end; for logs and self-checks. */
export interface DeliveryObserver {
  readonly delivered?: (delivery: Delivery, retries: number) => void;
  /** Called for an attempt that has failed and is retried. */
  readonly delayed?: (delivery: Delivery, failure: AttemptFailure, retries: number) => void;
  readonly deadLettered?: (delivery: Delivery, failure: AttemptFailure) => void;
  /**
   * Called where AWS would only count a metric. Without it the loss is printed, so that nothing is
   * lost in silence.
   */
  readonly dropped?: (description: string, reason: string, delivery?: Delivery) => void;
}

/** Reports to the observer that something is lost, or prints it where there is no observer. */
export const reportDropped = (
  observer: DeliveryObserver | undefined,
  description: string,
  reason: string,
  delivery?: Delivery,
): void => {
  if (observer?.dropped) observer.dropped(description, reason, delivery);
  else console.error(`Dropped ${description}: ${reason}`);
};

export type QueueAnswer = 'accepted' | 'missing' | 'denied';

export type SendToQueue = (
  queueArn: string,
  body: string,
  attributes: Readonly<Record<string, string>>,
  traceHeader?: string,
) => Promise<QueueAnswer>;

export interface DeliveryEngine {
  /** Starts a delivery and returns; `idle` tells when it has ended. */
  readonly deliver: (delivery: Delivery) => void;
  /** Resolves when nothing is under way and nothing waits for a retry. */
  readonly idle: () => Promise<void>;
  /** Ends the waits before retries now, as after the restoration of a link. */
  readonly retryNow: () => void;
  /** Abandons what waits, and resolves when nothing is under way. */
  readonly stop: () => Promise<void>;
}

/** EventBridge's defaults (user guide, retry policy). */
export const defaultRetryPolicy: RetryPolicy = { retriesMax: 185, ageSecondsMax: 86_400 };

/**
 * AWS publishes no schedule. Doubling from one second, capped so that 185 retries spread over the
 * 24 hours.
 */
const retryDelayMsMin = 1_000;
const retryDelayMsMax = 8 * 60_000;

const retryDelayMs = (retries: number, random: RandomNumbers): number => {
  const ceiling = Math.min(retryDelayMsMax, retryDelayMsMin * 2 ** Math.min(retries, 20));
  return ceiling * (0.5 + random() / 2);
};

type ExhaustedCondition = 'MaximumRetryAttempts' | 'MaximumEventAgeInSeconds';

const exhaustedCondition = (
  { retriesMax, ageSecondsMax }: RetryPolicy,
  retries: number,
  ageSeconds: number,
): ExhaustedCondition | undefined => {
  if (retries >= retriesMax) return 'MaximumRetryAttempts';
  return ageSeconds >= ageSecondsMax ? 'MaximumEventAgeInSeconds' : undefined;
};

const failureOf = (error: unknown): AttemptFailure => ({
  code: 'INTERNAL_ERROR',
  message: error instanceof Error ? error.message : String(error),
  disposition: 'retry',
});

type EngineOptions = {
  readonly clock: LocalClock;
  readonly random: RandomNumbers;
  readonly sendToQueue: SendToQueue;
  readonly observer?: DeliveryObserver;
  readonly failures?: InjectedDeliveryFailures;
  /** While it lasts nothing is attempted: a delivery waits, and its age grows. */
  readonly outage?: Outage;
};

const deadLetter = async (
  { sendToQueue, observer }: EngineOptions,
  delivery: Delivery,
  failure: AttemptFailure,
  exhausted?: { readonly condition: ExhaustedCondition; readonly retries: number },
): Promise<void> => {
  const reason = `${failure.code}: ${failure.message}`;
  const queueArn = delivery.deadLetterQueueArn;
  if (queueArn === undefined) {
    const lost = `${reason} (there is no dead-letter queue)`;
    reportDropped(observer, delivery.description, lost, delivery);
    return;
  }
  const attributes = {
    ...delivery.deadLetterAttributes,
    ERROR_CODE: failure.code,
    ERROR_MESSAGE: failure.message,
    ...(exhausted && {
      EXHAUSTED_RETRY_CONDITION: exhausted.condition,
      RETRY_ATTEMPTS: String(exhausted.retries),
    }),
  };
  const answer = await sendToQueue(queueArn, delivery.body, attributes, delivery.traceHeader);
  if (answer === 'accepted') observer?.deadLettered?.(delivery, failure);
  else {
    const lost = `${reason} (dead-letter queue ${answer})`;
    reportDropped(observer, delivery.description, lost, delivery);
  }
};

/**
 * Delivers with retries, exponential backoff with jitter, and dead-letter queues, as EventBridge
 * does.
 */
export const createDeliveryEngine = (options: EngineOptions): DeliveryEngine => {
  const { clock, random, observer, failures = noInjectedFailures, outage = noOutage } = options;
  const underWay = new Set<Promise<void>>();
  /**
   * Waits, and whether each is for a retry. A signal that all waits share would keep them beyond
   * their ends.
   */
  const waits = new Map<AbortController, boolean>();
  let stopped = false;

  /** False when the engine was stopped meanwhile. */
  const pause = async (ms: number, forRetry: boolean): Promise<boolean> => {
    if (stopped) return false;
    const wait = new AbortController();
    waits.set(wait, forRetry);
    try {
      await clock.sleep(ms, wait.signal);
    } catch (error) {
      if (!wait.signal.aborted) throw error;
    } finally {
      waits.delete(wait);
    }
    return !stopped;
  };

  /** Waits for the Region of the engine, unless the engine is stopped meanwhile. */
  const untilRunning = async (): Promise<void> => {
    const wait = new AbortController();
    waits.set(wait, false);
    await outage.untilOver(wait.signal);
    waits.delete(wait);
  };

  const run = async (delivery: Delivery, delayMs: number): Promise<void> => {
    const startedAt = clock.now();
    if (delayMs > 0 && !(await pause(delayMs, false))) return;
    for (let retries = 0; !stopped; retries += 1) {
      while (outage.lasts() && !stopped) await untilRunning();
      if (stopped) return;
      const failure = await delivery.attempt().catch(failureOf);
      if (!failure) return observer?.delivered?.(delivery, retries);
      if (failure.disposition === 'drop') {
        return reportDropped(observer, delivery.description, failure.message, delivery);
      }
      if (failure.disposition === 'dead-letter') return deadLetter(options, delivery, failure);
      const ageSeconds = ((clock.now() - startedAt) * clock.speed) / 1_000;
      const condition = exhaustedCondition(delivery.retryPolicy, retries, ageSeconds);
      if (condition) return deadLetter(options, delivery, failure, { condition, retries });
      observer?.delayed?.(delivery, failure, retries);
      if (!(await pause(retryDelayMs(retries, random), true))) return;
    }
  };

  const start = (delivery: Delivery, delayMs: number): void => {
    const running = run(delivery, delayMs)
      .catch((error: unknown) =>
        reportDropped(observer, delivery.description, String(error), delivery),
      )
      .finally(() => underWay.delete(running));
    underWay.add(running);
  };

  const idle = async (): Promise<void> => {
    while (underWay.size > 0) await Promise.all(underWay);
  };

  return {
    deliver: (delivery) => {
      for (const delayMs of failures.copies()) start(delivery, delayMs);
    },
    idle,
    retryNow: () => {
      for (const [wait, forRetry] of waits) if (forRetry) wait.abort();
    },
    stop: () => {
      stopped = true;
      for (const wait of waits.keys()) wait.abort();
      return idle();
    },
  };
};
