import { randomUUID } from 'node:crypto';
import type { Ids } from '../../domain/kernel/index.ts';

/** The process's own clock and randomness. */
export {
  processClock as systemClock,
  processRandom as systemRandom,
} from '../../adapters/dsql/connection/system-clock.ts';

export const systemIds: Ids = { uuid: () => randomUUID() };
