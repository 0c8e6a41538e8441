import { type Clock, createRetrier, type Retrier } from '../../../domain/kernel/index.ts';
import { systemClock, systemRandom } from '../../system/index.ts';

/** The parts of the system, for users of this adapter who give none. */
export { systemClock as processClock, systemRandom as processRandom };

/** A retrier without metrics, for users who give none. */
export const unmeasuredRetrier = (clock: Clock = systemClock): Retrier =>
  createRetrier({ clock, random: systemRandom, metrics: { add: () => undefined } });
