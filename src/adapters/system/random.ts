import type { Random } from '../../domain/kernel/index.ts';

/** The process's own randomness. It is for waits, and guards nothing. */
export const systemRandom: Random = { next: () => Math.random() };
