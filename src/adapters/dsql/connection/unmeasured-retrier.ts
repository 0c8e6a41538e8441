import { type Clock, createRetrier, type Retrier } from '../../../domain/kernel/index.ts';
import { systemClock, systemRandom } from '../../system/index.ts';

/** A retrier without metrics, for users who give none. */
export const unmeasuredRetrier = (clock: Clock = systemClock): Retrier =>
  createRetrier({ clock, random: systemRandom, metrics: { add: () => undefined } });
