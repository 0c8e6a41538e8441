import type { Clock, Random } from '../../src/domain/kernel/index.ts';

/** A clock that moves only when somebody sleeps or says so. */
export interface ManualClock extends Clock {
  readonly advance: (ms: number) => void;
  /** How long each sleep was. */
  readonly slept: readonly number[];
}

export const manualClock = (startsAt = Date.parse('2026-01-01T00:00:00Z')): ManualClock => {
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

/** Randomness that always comes out the same. */
export const always = (value: number): Random => ({ next: () => value });
