import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';

/**
 * Milliseconds that a pool has to end. Its queries take a few; PostgreSQL itself ends those that it
 * does not answer.
 */
const poolEndMsMax = 1_000;

/** Ends a pool, and does not wait longer for connections that PostgreSQL does not end. */
export const endPool = async (pool: pg.Pool): Promise<void> => {
  await Promise.race([pool.end(), delay(poolEndMsMax, undefined, { ref: false })]);
};
