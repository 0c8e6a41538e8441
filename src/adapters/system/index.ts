/** The clock, the randomness and the ids of the process that runs. */
export * from './clock.ts';
export * from './ids.ts';
export * from './random.ts';
