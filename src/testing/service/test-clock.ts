import type { Clock } from '../../domain/kernel/index.ts';

/** A clock that moves only when somebody sleeps or says so. */
export interface TestClock extends Clock {
  /** Lets so many milliseconds pass. */
  readonly advance: (ms: number) => void;
  /** How long each sleep was, in milliseconds. */
  readonly slept: readonly number[];
}

/**
 * A clock under the test's control.
 *
 * @param startsAt milliseconds since the epoch; the beginning of 2026 unless given
 * @example
 * const clock = testClock();
 * clock.advance(3_600_000);
 */
export const testClock = (startsAt = Date.parse('2026-01-01T00:00:00Z')): TestClock => {
  let now = startsAt;
  const slept: number[] = [];
  return {
    now: () => now,
    sleep: async (ms) => {
      slept.push(ms);
      now += ms;
    },
    slept,
    advance: (ms) => {
      now += ms;
    },
  };
};
