import { setTimeout as delay } from 'node:timers/promises';

/**
 * Keeps work below a number of items per second.
 *
 * @returns waits until so many more items may be worked on
 */
export const createPace = (
  perSecond: number,
  signal: AbortSignal,
): ((items: number) => Promise<void>) => {
  let next = performance.now();
  return async (items) => {
    const waitMs = next - performance.now();
    next = Math.max(next, performance.now()) + (items / perSecond) * 1_000;
    if (waitMs > 0) await delay(waitMs, undefined, { signal }).catch(() => undefined);
    signal.throwIfAborted();
  };
};
