import { type Clock, createRetrier, type Retrier } from '../../../domain/kernel/index.ts';
import { systemClock, systemRandom } from '../../system/index.ts';

/** The parts of the system, for who uses this adapter alone and gives none. */
export { systemClock as processClock, systemRandom as processRandom };

/** A retrier that counts nothing, for who gives none. */
export const unmeasuredRetrier = (clock: Clock = systemClock): Retrier =>
  createRetrier({ clock, random: systemRandom, metrics: { add: () => undefined } });
