/**
 * The clock, the randomness and the ids of the process that runs.
 *
 * @packageDocumentation
 */

export { systemClock } from './clock.ts';
export { systemIds } from './ids.ts';
export { systemRandom } from './random.ts';
