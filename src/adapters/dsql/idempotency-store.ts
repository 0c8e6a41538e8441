import { randomUUID } from 'node:crypto';
import { Conflict, type IdempotencyStore, type LeaseRefusal } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { query } from './query.ts';
import { recordKey, recordShard } from './record-key.ts';
import { quoteIdentifier, type Row, statement } from './statement.ts';

/**
 * How often a statement runs that conflicts each time, or a key is asked for that is taken each time and free when
 * looked at. Whoever runs again sees what the winner has left, so each round needs one more change of the record.
 */
const roundsMax = 5;

/** All times are the database's, so the clocks of two Regions do not matter. */
const sqlOf = (schema: string) => ({
  acquire: `INSERT INTO ${schema}.idempotency AS record (key, status, fingerprint, owner, lease_until, expires_at, shard)
    VALUES ($1, 'INPROGRESS', $2, $3, now() + $4 * interval '1 millisecond', now() + $4 * interval '1 millisecond', $5)
    ON CONFLICT (key) DO UPDATE SET status = excluded.status, fingerprint = excluded.fingerprint,
      owner = excluded.owner, lease_until = excluded.lease_until, expires_at = excluded.expires_at, response = NULL
    WHERE record.expires_at <= now() OR (record.status = 'INPROGRESS' AND record.lease_until <= now())
    RETURNING key`,
  find: `SELECT status, fingerprint, response FROM ${schema}.idempotency
    WHERE key = $1 AND expires_at > now() AND (status = 'COMPLETED' OR lease_until > now())`,
  complete: `UPDATE ${schema}.idempotency SET status = 'COMPLETED', response = $3, owner = NULL, lease_until = NULL,
      expires_at = now() + $4 * interval '1 millisecond'
    WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
  release: `DELETE FROM ${schema}.idempotency WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
});

const refusalOf = (row: Row): LeaseRefusal => {
  const fingerprint = String(row['fingerprint']);
  return row['status'] === 'COMPLETED'
    ? { status: 'completed', fingerprint, response: String(row['response']) }
    : { status: 'in-progress', fingerprint };
};

/** Leases on DSQL: one table for both Regions, so a retry in the other Region meets the same record. */
export const createDsqlIdempotencyStore = (
  connections: ConnectionPool,
  options: { readonly schema: string },
): IdempotencyStore => {
  const sql = sqlOf(quoteIdentifier(options.schema));

  // A statement is a transaction: after a conflict nothing of it has happened, and it may run again as it is.
  const run = async (text: string, ...parameters: readonly unknown[]) => {
    const one = statement(text, ...parameters);
    for (let round = 1; ; round += 1) {
      try {
        return await query(connections, one, { writes: text !== sql.find });
      } catch (error) {
        if (!(error instanceof Conflict) || round === roundsMax) throw error;
      }
    }
  };

  const find: IdempotencyStore['find'] = async (key) => {
    const [row] = (await run(sql.find, recordKey('lease', key))).rows;
    return row && refusalOf(row);
  };

  return {
    find,
    acquire: async ({ key, fingerprint, leaseMs }) => {
      const id = recordKey('lease', key);
      for (let round = 0; round < roundsMax; round += 1) {
        const fence = randomUUID();
        const taken = await run(sql.acquire, id, fingerprint, fence, leaseMs, recordShard(id));
        if (taken.rowCount === 1) return { status: 'acquired', fence };
        const refusal = await find(key);
        if (refusal) return refusal;
      }
      throw new Conflict(`The idempotency key ${key} changes hands too fast`);
    },
    complete: async ({ key, fence, response, retentionMs }) => {
      const id = recordKey('lease', key);
      return (await run(sql.complete, id, fence, response, retentionMs)).rowCount === 1;
    },
    release: async (key, fence) => {
      await run(sql.release, recordKey('lease', key), fence);
    },
  };
};
