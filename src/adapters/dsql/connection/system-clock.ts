import { setTimeout as delay } from 'node:timers/promises';
import {
  type Clock,
  createRetrier,
  type Random,
  type Retrier,
} from '../../../domain/kernel/index.ts';

/** The process's own clock, for who uses this adapter alone and gives none. */
export const processClock: Clock = {
  now: () => Date.now(),
  sleep: async (ms) => {
    await delay(ms);
  },
};

/** The process's own randomness; it is for waits, and guards nothing. */
export const processRandom: Random = { next: () => Math.random() };

/** A retrier that counts nothing, for who gives none. */
export const unmeasuredRetrier = (clock: Clock = processClock): Retrier =>
  createRetrier({ clock, random: processRandom, metrics: { add: () => undefined } });
