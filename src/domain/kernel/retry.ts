import type { Clock, Random } from './environment.ts';
import { Fault, isRetryable, restated, Unavailable } from './fault.ts';
import type { Metrics } from './observability.ts';

/**
 * How long an attempt is taken to last before one has been measured, in milliseconds: one cross-Region commit.
 */
const windowMsInitial = 20;

/** An attempt shorter than the clock can see would make every wait zero. */
const windowMsMin = 1;

/** Weight of the newest measurement in the moving average: about the last five attempts count. */
const windowWeight = 0.2;

/**
 * The longest wait, in windows. Simulated on one hot row with 32 clients: more windows waste time, fewer
 * waste attempts; 16 gave 85 % of the ceiling at 6.4 attempts per commit.
 */
const waitWindowsMax = 16;

/**
 * Full jitter scaled to the length of an attempt: uniform in 0 … min(16 W, W·2^retry).
 *
 * Two attempts on the same row conflict when they overlap, so the time that matters is the attempt's own
 * length and not a constant: 2 ms on a laptop, 100 ms across a continent.
 *
 * @param retry counts from 0 for the wait before the second attempt
 */
export const retryDelayMs = (retry: number, windowMs: number, random: Random): number =>
  random.next() * windowMs * Math.min(waitWindowsMax, 2 ** retry);

/** The moving average of an attempt's length, in milliseconds. */
export const nextWindowMs = (windowMs: number, measuredMs: number): number =>
  Math.max(windowMsMin, windowMs + windowWeight * (measuredMs - windowMs));

/**
 * The least window, in milliseconds, after a fault that says "not now": a service that is overloaded or waking
 * up needs rest, however short an attempt is (the AWS SDKs start at 50 ms too).
 */
const unavailableWindowMsMin = 50;

/** Runs an attempt until it succeeds, fails for good, or the deadline leaves no room for another one. */
export interface Retrier {
  /**
   * @param attempt is called with 1, 2, 3 …; everything in it is done again each time
   * @param deadline milliseconds since the epoch after which no attempt may still be running
   * @throws {Unavailable} when there is no time for a first attempt
   * @throws the attempt's fault as it is when it is not retryable; one of the same kind, with it as its
   * cause, when time is up: a caller with more time may run the same work again
   */
  readonly run: <T>(attempt: (number: number) => Promise<T>, deadline: number) => Promise<T>;
}

/** One per execution environment: it learns how long an attempt lasts here. */
export const createRetrier = (deps: {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}): Retrier => {
  const { clock, random, metrics } = deps;
  let windowMs = windowMsInitial;

  /** Learns from attempts that ran to their end; a connect timeout says nothing of how long one lasts. */
  const measured = async <T>(attempt: () => Promise<T>): Promise<T> => {
    const startedAt = clock.now();
    const learn = () => {
      windowMs = nextWindowMs(windowMs, clock.now() - startedAt);
    };
    try {
      const value = await attempt();
      learn();
      return value;
    } catch (error) {
      if (error instanceof Fault && error.kind === 'Conflict') learn();
      throw error;
    }
  };

  const waitBeforeNext = async (number: number, fault: Fault, deadline: number): Promise<void> => {
    if (fault.kind === 'Conflict') metrics.add('OccConflict', 1);
    const window =
      fault.kind === 'Conflict' ? windowMs : Math.max(windowMs, unavailableWindowMsMin);
    const delayMs = retryDelayMs(number - 1, window, random);
    if (clock.now() + delayMs + windowMs > deadline) {
      metrics.add('RetryGivenUp', 1);
      throw restated(fault, `Out of time after ${number} attempts: ${fault.message}`);
    }
    metrics.add('RetryWaitMs', delayMs);
    await clock.sleep(delayMs);
  };

  return {
    run: async (attempt, deadline) => {
      if (clock.now() >= deadline) throw new Unavailable('No time is left to begin');
      for (let number = 1; ; number += 1) {
        try {
          return await measured(() => attempt(number));
        } catch (error) {
          if (!isRetryable(error)) throw error;
          await waitBeforeNext(number, error, deadline);
        }
      }
    },
  };
};
