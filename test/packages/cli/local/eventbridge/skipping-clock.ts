import type { LocalClock } from '../../../../../packages/cli/src/local/clock.ts';

/**
 * A clock on which every wait ends at once and takes its time all the same, so that a day of
 * retries costs nothing.
 */
export const createSkippingClock = (): LocalClock & { readonly waits: readonly number[] } => {
  let now = Date.UTC(2026, 10, 23, 10, 0, 0, 250);
  const waits: number[] = [];
  return {
    waits,
    speed: 1,
    now: () => now,
    sleep: async (ms, signal) => {
      await Promise.resolve();
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
};
