import { setTimeout as delay } from 'node:timers/promises';

/** Time for everything in the local stack that waits: retries, schedules, event ages. */
export interface LocalClock {
  /** Wall clock, milliseconds since the epoch; never scaled. */
  readonly now: () => number;
  /** How many times faster than in AWS a wait ends; 1 is real time. */
  readonly speed: number;
  /**
   * The moment from which waits are scaled, milliseconds since the epoch: schedules of all Regions
   * that share a clock come due for the same times. Their own start unless given.
   */
  readonly startedAt?: number;
  /** Waits `ms` of AWS time, that is `ms / speed` here; rejects with `AbortError` when aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/**
 * A clock on which waits of AWS (a retry after two minutes, a schedule of one) end `speed` times
 * sooner.
 *
 * @example
 * const clock = createLocalClock({ speed: 60 }); // one minute takes one second
 */
export const createLocalClock = ({ speed = 1 }: { readonly speed?: number } = {}): LocalClock => ({
  now: () => Date.now(),
  speed,
  startedAt: Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms / speed, undefined, signal ? { signal } : {});
  },
});
