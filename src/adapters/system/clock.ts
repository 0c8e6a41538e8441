import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../../domain/kernel/index.ts';

/** The clock on the wall, in milliseconds. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};
