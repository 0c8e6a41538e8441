import type { Clock } from '../../src/domain/kernel/index.ts';

/**
 * Time that passes only when everybody sleeps: hours of waiting in a second, and the same each
 * time.
 */
export interface VirtualClock extends Clock {
  /** Wakes the sleepers up in their order, until it is `until`, or nobody sleeps. */
  readonly runUntil: (until: number) => Promise<void>;
}

type Sleeper = { readonly at: number; readonly wake: () => void };

/** Lets everybody run who is awake: no promise is left that has settled. */
const everybodyAsleep = () => new Promise<void>((resolve) => setImmediate(resolve));

export const virtualClock = (): VirtualClock => {
  let now = 0;
  /** The next to wake up last. */
  const sleepers: Sleeper[] = [];

  return {
    now: () => now,
    sleep: (ms) =>
      new Promise((wake) => {
        const at = now + ms;
        let place = sleepers.length;
        while (place > 0 && (sleepers[place - 1]?.at ?? 0) <= at) place -= 1;
        sleepers.splice(place, 0, { at, wake });
      }),
    runUntil: async (until) => {
      for (;;) {
        await everybodyAsleep();
        const next = sleepers.at(-1);
        if (!next || next.at > until) break;
        sleepers.pop();
        now = next.at;
        next.wake();
      }
      now = until;
    },
  };
};
