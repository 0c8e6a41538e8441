import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Ids, Random } from '../../domain/kernel/index.ts';

/** The process's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};

export const systemRandom: Random = { next: () => Math.random() };

export const systemIds: Ids = { uuid: () => randomUUID() };
