import { randomUUID } from 'node:crypto';
import type { Ids } from '../../domain/kernel/index.ts';

/** Random UUIDs (version 4), which nobody can guess. */
export const systemIds: Ids = { uuid: () => randomUUID() };
