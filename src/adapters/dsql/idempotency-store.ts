import { randomUUID } from 'node:crypto';
import { type IdempotencyStore, InvariantViolation } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { query } from './query.ts';
import { recordKey } from './record-key.ts';
import { quoteIdentifier, type Row, statement } from './statement.ts';

/**
 * How often a key is tried that is taken by someone each time and gone when looked at. Each round needs another
 * one's crash in between.
 */
const acquireRoundsMax = 5;

/** All times are the database's, so the clocks of two Regions do not matter. */
const sqlOf = (schema: string) => ({
  acquire: `INSERT INTO ${schema}.idempotency AS record (key, status, fingerprint, owner, lease_until, expires_at)
    VALUES ($1, 'INPROGRESS', $2, $3, now() + $4 * interval '1 millisecond', now() + $5 * interval '1 millisecond')
    ON CONFLICT (key) DO UPDATE SET status = excluded.status, fingerprint = excluded.fingerprint,
      owner = excluded.owner, lease_until = excluded.lease_until, expires_at = excluded.expires_at, response = NULL
    WHERE record.expires_at <= now() OR (record.status = 'INPROGRESS' AND record.lease_until <= now())
    RETURNING key`,
  find: `SELECT status, fingerprint, response FROM ${schema}.idempotency
    WHERE key = $1 AND expires_at > now() AND (status = 'COMPLETED' OR lease_until > now())`,
  complete: `UPDATE ${schema}.idempotency SET status = 'COMPLETED', response = $3, owner = NULL, lease_until = NULL
    WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
  release: `DELETE FROM ${schema}.idempotency WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
});

const refusalOf = (row: Row) =>
  row['status'] === 'COMPLETED'
    ? ({
        status: 'completed',
        fingerprint: String(row['fingerprint']),
        response: String(row['response']),
      } as const)
    : ({ status: 'in-progress' } as const);

/** Leases on DSQL: one table for both Regions, so a retry in the other Region meets the same record. */
export const createDsqlIdempotencyStore = (
  connections: ConnectionPool,
  options: { readonly schema: string },
): IdempotencyStore => {
  const sql = sqlOf(quoteIdentifier(options.schema));

  const run = (text: string, ...parameters: readonly unknown[]) =>
    query(connections, statement(text, ...parameters), { writes: text !== sql.find });

  const find: IdempotencyStore['find'] = async (key) => {
    const [row] = (await run(sql.find, recordKey('lease', key))).rows;
    return row && refusalOf(row);
  };

  return {
    find,
    acquire: async ({ key, fingerprint, leaseMs, retentionMs }) => {
      for (let round = 0; round < acquireRoundsMax; round += 1) {
        const fence = randomUUID();
        const taken = await run(
          sql.acquire,
          recordKey('lease', key),
          fingerprint,
          fence,
          leaseMs,
          retentionMs,
        );
        if (taken.rowCount === 1) return { status: 'acquired', fence };
        const refusal = await find(key);
        if (refusal) return refusal;
      }
      throw new InvariantViolation(`Idempotency key ${key} is neither free nor taken`);
    },
    complete: async (key, fence, response) =>
      (await run(sql.complete, recordKey('lease', key), fence, response)).rowCount === 1,
    release: async (key, fence) => {
      await run(sql.release, recordKey('lease', key), fence);
    },
  };
};
