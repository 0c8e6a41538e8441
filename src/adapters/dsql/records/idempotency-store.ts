import { randomUUID } from 'node:crypto';
import {
  Conflict,
  type IdempotencyStore,
  type LeaseRefusal,
} from '../../../domain/kernel/index.ts';
import { requireStorable } from '../../../domain/kernel/work/recorded-response.ts';
import { systemClock } from '../../system/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { unmeasuredRetrier } from '../connection/unmeasured-retrier.ts';
import { query } from '../transaction/query.ts';
import { recordKey, recordShard } from '../transaction/record-key.ts';
import { quoteIdentifier, type Row, statement } from '../wire/statement.ts';

/**
 * Rounds for a key that is taken when it is inserted and free when it is read. Each further round
 * needs another change of the record by another process.
 */
const roundsMax = 5;

/** The longest time of a step: its caller has to answer too. Milliseconds. */
const stepMsMax = 10_000;

/**
 * The shortest time of a step, also of a shorter lease: the fence makes a late step harmless.
 * Milliseconds.
 */
const stepMsMin = 3_000;

/**
 * Time to release the lease of failed work: a lease that is not released ends by itself.
 * Milliseconds.
 */
const releaseMsMax = 2_000;

/**
 * Statements of the store. All times are the database's, so the clocks of two Regions do not
 * matter.
 */
const sqlOf = (schema: string) => ({
  acquire: `INSERT INTO ${schema}.idempotency AS record (key, status, fingerprint, owner, lease_until, expires_at, shard)
    VALUES ($1, 'INPROGRESS', $2, $3, now() + $4 * interval '1 millisecond', now() + $4 * interval '1 millisecond', $5)
    ON CONFLICT (key) DO UPDATE SET status = excluded.status, fingerprint = excluded.fingerprint,
      owner = excluded.owner, lease_until = excluded.lease_until, expires_at = excluded.expires_at, response = NULL
    WHERE record.expires_at <= now() OR (record.status = 'INPROGRESS'
      AND (record.lease_until <= now() OR record.owner = excluded.owner))
    RETURNING key`,
  find: `SELECT status, fingerprint, response FROM ${schema}.idempotency
    WHERE key = $1 AND expires_at > now() AND (status = 'COMPLETED' OR lease_until > now())`,
  complete: `UPDATE ${schema}.idempotency SET status = 'COMPLETED', response = $3, lease_until = NULL,
      expires_at = now() + $4 * interval '1 millisecond'
    WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
  completed: `SELECT key FROM ${schema}.idempotency WHERE key = $1 AND owner = $2 AND status = 'COMPLETED'`,
  release: `DELETE FROM ${schema}.idempotency WHERE key = $1 AND owner = $2 AND status = 'INPROGRESS'`,
});

const refusalOf = (row: Row): LeaseRefusal => {
  const fingerprint = String(row['fingerprint']);
  return row['status'] === 'COMPLETED'
    ? { status: 'completed', fingerprint, response: String(row['response']) }
    : { status: 'in-progress', fingerprint };
};

const within = (ms: number): number =>
  systemClock.now() + Math.max(stepMsMin, Math.min(ms, stepMsMax));

/**
 * Creates a store of leases on DSQL. Both Regions use one table, so a retry in the other Region
 * meets the same record.
 *
 * Each step can be repeated under its fence, and is repeated after a conflict or a lost answer.
 * Otherwise finished work would run again, or a key would stay blocked.
 */
export const createDsqlIdempotencyStore = (
  connections: ConnectionPool,
  options: { readonly schema: string },
): IdempotencyStore => {
  const sql = sqlOf(quoteIdentifier(options.schema));
  // The metrics count commands, and a lease is none.
  const retrier = unmeasuredRetrier();

  const run = (until: number, text: string, ...parameters: readonly unknown[]) => {
    const one = statement(text, ...parameters);
    const writes = text !== sql.find && text !== sql.completed;
    return retrier.run(
      () =>
        query(connections, one, {
          deadline: Math.min(until, systemClock.now() + stepMsMax),
          writes,
        }),
      until,
    );
  };

  const find = async (id: string, until: number): Promise<LeaseRefusal | undefined> => {
    const [row] = (await run(until, sql.find, id)).rows;
    return row && refusalOf(row);
  };

  return {
    find: (key) => find(recordKey('lease', key), within(stepMsMax)),
    acquire: async ({ key, fingerprint, leaseMs }) => {
      const id = recordKey('lease', key);
      const until = within(leaseMs);
      const fence = randomUUID();
      for (let round = 0; round < roundsMax; round += 1) {
        const parameters = [id, fingerprint, fence, leaseMs, recordShard(id)];
        const taken = await run(until, sql.acquire, ...parameters);
        if (taken.rowCount === 1) return { status: 'acquired', fence };
        const refusal = await find(id, until);
        if (refusal) return refusal;
      }
      throw new Conflict(`The idempotency key ${key} changes hands too fast`);
    },
    complete: async ({ key, fence, response, retentionMs, deadline = within(stepMsMax) }) => {
      requireStorable(response);
      const id = recordKey('lease', key);
      const until = Math.max(deadline, systemClock.now() + stepMsMin);
      const updated = await run(until, sql.complete, id, fence, response, retentionMs);
      if (updated.rowCount === 1) return true;
      return (await run(until, sql.completed, id, fence)).rowCount === 1;
    },
    release: async (key, fence) => {
      const until = systemClock.now() + releaseMsMax;
      await run(until, sql.release, recordKey('lease', key), fence);
    },
  };
};
