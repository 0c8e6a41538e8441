import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/**
 * Queries of a pool take milliseconds; PostgreSQL ends those that it does not answer, a moment
 * later.
 */
const poolEndMsMax = 1_000;

/** Ends a pool, and does not wait for connections that PostgreSQL does not let go of. */
export const endPool = async (pool: pg.Pool): Promise<void> => {
  await Promise.race([pool.end(), delay(poolEndMsMax, undefined, { ref: false })]);
};
