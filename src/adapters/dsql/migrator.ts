import {
  InvariantViolation,
  type Logger,
  type Retrier,
  Unavailable,
} from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Migration } from './framework-migrations.ts';
import { query } from './query.ts';
import { quoteIdentifier, statement } from './statement.ts';

/** A crashed migrator holds the lease this long; a running one renews it before each migration. Milliseconds. */
const leaseMs = 120_000;

/** What `CREATE INDEX ASYNC` answers: 26 characters of base32. */
const jobIdPattern = /^[a-z0-9]{26}$/;

/** Brings a schema up to date. */
export interface Migrator {
  /**
   * Applies what is missing, each migration in a transaction of its own, and waits for index builds.
   *
   * Safe to run by several processes at once, in both Regions, and again after a crash at any point.
   *
   * @returns the ids that were applied by this run
   * @throws {Unavailable} when the deadline ends first, or another migrator is at work until then
   */
  readonly run: (deadline: number) => Promise<readonly string[]>;
}

/**
 * Needs a connection as `admin`.
 *
 * DSQL has one DDL statement per transaction, none together with data, and no advisory locks: so the journal is
 * written after the statement, which must bear being run twice, and a row with a lease is the lock.
 */
export const createMigrator = (deps: {
  readonly connections: ConnectionPool;
  readonly schema: string;
  readonly migrations: readonly Migration[];
  /** Names this run in the lock. */
  readonly owner: string;
  readonly retrier: Retrier;
  readonly logger: Logger;
}): Migrator => {
  const { connections, migrations, owner, retrier, logger } = deps;
  const schema = quoteIdentifier(deps.schema);

  // Every statement here bears being run twice, so a lost answer is no more than a failed attempt.
  const run = async (deadline: number, sql: string, ...parameters: readonly unknown[]) => {
    const one = statement(sql, ...parameters);
    const answer = await retrier.run(
      () => query(connections, one, { deadline, writes: false }),
      deadline,
    );
    return answer.rows;
  };

  const prepare = async (deadline: number): Promise<void> => {
    await run(deadline, `CREATE SCHEMA IF NOT EXISTS ${schema}`);
    await run(
      deadline,
      `CREATE TABLE IF NOT EXISTS ${schema}.migration (id text PRIMARY KEY, applied_at timestamptz NOT NULL)`,
    );
    await run(
      deadline,
      `CREATE TABLE IF NOT EXISTS ${schema}.migration_lock
        (id smallint PRIMARY KEY, owner text NOT NULL, lease_until timestamptz NOT NULL)`,
    );
  };

  const takeLease = (deadline: number): Promise<void> =>
    retrier.run(async () => {
      const taken = await run(
        deadline,
        `INSERT INTO ${schema}.migration_lock AS lock (id, owner, lease_until)
          VALUES (1, $1, now() + $2 * interval '1 millisecond')
          ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
          WHERE lock.owner = excluded.owner OR lock.lease_until <= now() RETURNING id`,
        owner,
        leaseMs,
      );
      if (taken.length === 0) throw new Unavailable('Another migration is under way');
    }, deadline);

  const apply = async ({ id, ddl }: Migration, deadline: number): Promise<void> => {
    const [row] = await run(deadline, ddl);
    const jobId = row?.['job_id'];
    if (jobId !== undefined) {
      if (!jobIdPattern.test(String(jobId))) {
        throw new InvariantViolation(`Index job id ${String(jobId)} is none`);
      }
      await run(deadline, `CALL sys.wait_for_job('${String(jobId)}')`);
    }
    await run(
      deadline,
      `INSERT INTO ${schema}.migration (id, applied_at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING`,
      id,
    );
    logger.info('Migration applied', { migration: id });
  };

  return {
    run: async (deadline) => {
      await prepare(deadline);
      await takeLease(deadline);
      try {
        const journal = await run(deadline, `SELECT id FROM ${schema}.migration`);
        const done = new Set(journal.map((row) => row['id']));
        const missing = migrations.filter(({ id }) => !done.has(id));
        for (const migration of missing) {
          await takeLease(deadline);
          await apply(migration, deadline);
        }
        return missing.map(({ id }) => id);
      } finally {
        await run(deadline, `DELETE FROM ${schema}.migration_lock WHERE owner = $1`, owner);
      }
    },
  };
};
