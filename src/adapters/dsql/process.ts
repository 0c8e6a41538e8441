import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Random } from '../../domain/kernel/index.ts';

/** The process's own clock, for who uses this adapter alone and gives none. */
export const processClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};

export const processRandom: Random = { next: () => Math.random() };
