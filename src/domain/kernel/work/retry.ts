import {
  Conflict,
  type Fault,
  faultIn,
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../fault.ts';
import { guardMetrics } from '../observability/guarded-observability.ts';
import type { Metrics } from '../observability/observability.ts';
import type { Clock, Random } from '../runtime-ports.ts';

/**
 * How long an attempt is taken to last before one has been measured, in milliseconds: one
 * cross-Region commit.
 */
const windowMsInitial = 20;

/** An attempt shorter than the clock can see would make every wait zero. */
const windowMsMin = 1;

/** Weight of the newest measurement in the moving average: about the last five attempts count. */
const windowWeight = 0.2;

/**
 * The longest wait, in windows. Simulated on one hot row with 32 clients: more windows waste time,
 * fewer waste attempts. In `bench -- contention` 11 gave 81 % of the ceiling at 5.5 attempts per
 * commit, 16 gave 79 %; in the tests' simulation, whose attempts are shorter, 8 needed more than 7
 * attempts.
 */
const waitWindowsMax = 11;

/** The longest wait however long attempts last, in milliseconds: as long as the AWS SDKs wait. */
const waitMsMax = 20_000;

/**
 * The least time for a wait, in milliseconds. A shorter wait may not move the clock, and attempts
 * that fail at once would follow each other without end.
 */
const roomMsMin = 1;

/**
 * Full jitter scaled to the length of an attempt: uniform in 0 … min(11 W, W·2^retry), at most 20
 * s.
 *
 * Two attempts on the same row conflict when they overlap, so the time that matters is the
 * attempt's own length and not a constant: 2 ms on a laptop, 100 ms across a continent.
 *
 * @param retry counts from 0 for the wait before the second attempt
 */
export const retryDelayMs = (retry: number, windowMs: number, random: Random): number =>
  random.next() * Math.min(waitMsMax, windowMs * Math.min(waitWindowsMax, 2 ** retry));

/** The moving average of an attempt's length, in milliseconds. */
export const nextWindowMs = (windowMs: number, measuredMs: number): number =>
  Math.max(windowMsMin, windowMs + windowWeight * (measuredMs - windowMs));

/**
 * The least window, in milliseconds, after a fault that says "not now": a service that is
 * overloaded or waking up needs rest, however short an attempt is (the AWS SDKs start at 50 ms
 * too).
 */
const unavailableWindowMsMin = 50;

/** The part of an `AbortSignal` that a retrier uses. */
export interface Cancellation {
  /** Whether the work is to end. */
  readonly aborted: boolean;
  /** Calls the listener when the work is to end, and never for an end that came before. */
  readonly addEventListener: (type: 'abort', listener: () => void) => void;
  /** The listener is not called any more. */
  readonly removeEventListener: (type: 'abort', listener: () => void) => void;
}

/** An attempt that has failed and will be followed by another one. */
export type Retry = {
  /** The number of the attempt that failed, from 1. */
  readonly attempt: number;
  /** The retryable fault that the attempt has met. */
  readonly fault: Fault;
  /** The wait that follows. Milliseconds. */
  readonly waitMs: number;
};

/** The options of one run. */
export type RetryOptions = {
  /**
   * Ends the run between two attempts, and the wait for the next one at once. An attempt under way
   * is never cut: half a COMMIT proves nothing.
   */
  readonly signal?: Cancellation | undefined;
  /**
   * Whether the work carries a key of its own that makes a second run harmless after a first one
   * that may have taken effect; `true` unless said otherwise. Without one an unknown outcome ends
   * the run.
   */
  readonly keyed?: boolean | undefined;
  /** Is told of each retry before the wait for it, for logs; must not throw. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
};

/**
 * Runs an attempt until it succeeds, fails for good, or the deadline leaves no room for another
 * one.
 */
export interface Retrier {
  /**
   * A fault counts wherever it is among the causes of what the attempt throws.
   *
   * @param attempt is called with 1, 2, 3 …; everything in it is done again each time
   * @param deadline milliseconds since the epoch after which no attempt may still be running
   * @throws {InvariantViolation} for a deadline that is no number, which no time would reach
   * @throws {Unavailable} when there is no time for a first attempt
   * @throws {OutcomeUnknown} when the run ends otherwise than with a success after an attempt that
   * may have taken effect, whatever the last one has met
   * @throws the attempt's error as it is when it is not retryable; a fault of the same kind, with
   * it as its cause, when time is up or the run is aborted: a caller with more time may run the
   * same work again
   */
  readonly run: <T>(
    attempt: (number: number) => Promise<T>,
    deadline: number,
    options?: RetryOptions,
  ) => Promise<T>;
}

/** The failures of a run so far. It is made at the first one. */
type Failures = {
  /** Whether an attempt may have taken effect. */
  unknown: boolean;
  /** Conflicts over the schema. */
  schema: number;
};

/** The end of a run that could have gone on. */
const givenUp = (fault: Fault, { unknown }: Failures, why: string, cause: unknown): Fault => {
  const message = `${why}: ${fault.message}`;
  if (unknown || fault.kind === 'OutcomeUnknown') return new OutcomeUnknown(message, { cause });
  if (fault instanceof Conflict) return new Conflict(message, { cause, over: fault.over });
  return new Unavailable(message, { cause });
};

/** Sleeps, and wakes up early when the work is aborted. */
export const pause = async (
  clock: Clock,
  ms: number,
  signal: Cancellation | undefined,
): Promise<void> => {
  if (!signal) return clock.sleep(ms);
  const { promise: aborted, resolve } = Promise.withResolvers<void>();
  signal.addEventListener('abort', resolve);
  // A listener is not called for an abort that came before it was added.
  if (signal.aborted) resolve();
  try {
    await Promise.race([clock.sleep(ms), aborted]);
  } finally {
    signal.removeEventListener('abort', resolve);
  }
};

/** One per execution environment: it learns how long an attempt lasts here. */
export const createRetrier = (deps: {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}): Retrier => {
  const { clock, random } = deps;
  const metrics = guardMetrics(deps.metrics);
  let windowMs = windowMsInitial;

  const delayMs = (number: number, fault: Fault, { schema }: Failures): number => {
    // The conflict has told the session about the change of the schema, so the next attempt
    // succeeds.
    if (schema === 1 && fault instanceof Conflict && fault.over === 'schema') return 0;
    const window =
      fault.kind === 'Conflict' ? windowMs : Math.max(windowMs, unavailableWindowMsMin);
    return retryDelayMs(number - 1, window, random);
  };

  const count = (fault: Fault, failures: Failures): void => {
    if (fault.kind === 'OutcomeUnknown') failures.unknown = true;
    if (!(fault instanceof Conflict)) return;
    if (fault.over === 'schema') failures.schema += 1;
    metrics.add(fault.over === 'schema' ? 'OccSchemaConflict' : 'OccConflict', 1);
  };

  /** Returns when another attempt is to begin. */
  const beforeNext = async (
    number: number,
    error: unknown,
    failures: Failures,
    deadline: number,
    { signal, keyed = true, onRetry }: RetryOptions,
  ): Promise<void> => {
    const fault = faultIn(error);
    if (!fault?.retryable) {
      if (!failures.unknown) throw error;
      const message = 'An earlier attempt may have taken effect; a later one has failed for good';
      throw new OutcomeUnknown(message, { cause: error });
    }
    count(fault, failures);
    if (fault.kind === 'OutcomeUnknown' && !keyed) throw error;
    const giveUp = (why: string): never => {
      metrics.add('RetryGivenUp', 1);
      throw givenUp(
        fault,
        failures,
        `${why} after ${number} attempt${number === 1 ? '' : 's'}`,
        error,
      );
    };
    // The time left for waiting, if the next attempt lasts as long as the others and must end
    // before the deadline.
    const roomMs = deadline - clock.now() - windowMs;
    if (roomMs < roomMsMin) giveUp('Out of time');
    if (signal?.aborted) giveUp('Aborted');
    const waitMs = Math.min(delayMs(number, fault, failures), roomMs);
    onRetry?.({ attempt: number, fault, waitMs });
    if (waitMs > 0) {
      metrics.add('RetryWaitMs', waitMs);
      await pause(clock, waitMs, signal);
      if (signal?.aborted) giveUp('Aborted');
    }
  };

  return {
    run: async (attempt, deadline, options = {}) => {
      if (Number.isNaN(Number(deadline))) {
        const must = 'The deadline must be milliseconds since the epoch';
        throw new InvariantViolation(`${must}, and is ${deadline}`);
      }
      if (clock.now() >= deadline) throw new Unavailable('No time is left to begin');
      if (options.signal?.aborted) throw new Unavailable('Aborted before it has begun');
      const failures: Failures = { unknown: false, schema: 0 };
      let number = 1;
      try {
        for (; ; number += 1) {
          const startedAt = clock.now();
          try {
            const value = await attempt(number);
            windowMs = nextWindowMs(windowMs, clock.now() - startedAt);
            return value;
          } catch (error) {
            // A connect timeout does not tell how long a whole attempt lasts.
            if (faultIn(error)?.kind === 'Conflict') {
              windowMs = nextWindowMs(windowMs, clock.now() - startedAt);
            }
            await beforeNext(number, error, failures, deadline, options);
          }
        }
      } finally {
        if (number > 1) metrics.add('RetryAttempts', number - 1);
      }
    },
  };
};
