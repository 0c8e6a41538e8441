import { type Logger, type Retrier, Unavailable } from '../../domain/kernel/index.ts';
import { checkBuild, indexBuiltBy } from './async-build.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Migration } from './framework-migrations.ts';
import { query } from './query.ts';
import { quoteIdentifier, statement } from './statement.ts';

/**
 * A crashed migrator holds the lease this long; a running one renews it before each migration and whenever it looks
 * whether an index is built. Milliseconds.
 */
const leaseMs = 120_000;

/** Time to give the lease back, which is kept of what there is. Milliseconds. */
const releaseMsMax = 2_000;

/** The tables that a migrator keeps for itself in the schema; nobody else needs them. */
export const migratorTables = ['migration', 'migration_lock'] as const;

/** Brings a schema up to date. */
export interface Migrator {
  /**
   * Applies what is missing, each migration in a transaction of its own, and waits until each index is valid.
   *
   * Safe to run by several processes at once, in both Regions, and again after a crash at any point.
   *
   * @param deadline milliseconds since the epoch
   * @returns the ids that were applied by this run
   * @throws {Unavailable} when the deadline comes first: an index is still being built, or another migrator is at work
   * @throws {InvalidInput} for an index that could not be built, with what to do before the next run
   * @throws {InvariantViolation} for an index without a name, or a statement that DSQL refuses
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

  const ask = async (deadline: number, sql: string, ...parameters: readonly unknown[]) =>
    (await query(connections, statement(sql, ...parameters), { deadline, writes: false })).rows;

  // Every statement here bears being run twice, so a lost answer is no more than a failed attempt.
  const run = (deadline: number, sql: string, ...parameters: readonly unknown[]) =>
    retrier.run(() => ask(deadline, sql, ...parameters), deadline);

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

  const tryLease = async (deadline: number): Promise<void> => {
    const taken = await ask(
      deadline,
      `INSERT INTO ${schema}.migration_lock AS lock (id, owner, lease_until)
        VALUES (1, $1, now() + $2 * interval '1 millisecond')
        ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
        WHERE lock.owner = excluded.owner OR lock.lease_until <= now() RETURNING id`,
      owner,
      leaseMs,
    );
    if (taken.length === 0) throw new Unavailable('Another migration is under way');
  };

  const takeLease = (deadline: number): Promise<void> =>
    retrier.run(() => tryLease(deadline), deadline);

  /** Without it the next migrator waits for the lease to end; that is no reason to fail, nor to hide why one has. */
  const giveLeaseBack = async (runDeadline: number): Promise<void> => {
    const deadline = Math.min(runDeadline, Date.now() + releaseMsMax);
    try {
      await run(deadline, `DELETE FROM ${schema}.migration_lock WHERE owner = $1`, owner);
    } catch (error) {
      logger.warn('The migration lease stays until it ends', { reason: String(error), leaseMs });
    }
  };

  const apply = async (migration: Migration, deadline: number): Promise<void> => {
    const { id, ddl } = migration;
    const index = indexBuiltBy(migration);
    await takeLease(deadline);
    const [answer] = await run(deadline, ddl);
    const jobId = answer?.['job_id'] as string | undefined;
    if (index !== undefined || jobId !== undefined) {
      await retrier.run(async () => {
        await tryLease(deadline);
        await checkBuild((...one) => ask(deadline, ...one), { schema: deps.schema, index, jobId });
      }, deadline);
    }
    await run(
      deadline,
      `INSERT INTO ${schema}.migration (id, applied_at) VALUES ($1, now()) ON CONFLICT (id) DO NOTHING`,
      id,
    );
    logger.info('Migration applied', { migration: id });
  };

  const applyMissing = async (deadline: number): Promise<readonly string[]> => {
    const journal = await run(deadline, `SELECT id FROM ${schema}.migration`);
    const done = new Set(journal.map((row) => row['id']));
    const missing = migrations.filter(({ id }) => !done.has(id));
    for (const migration of missing) await apply(migration, deadline);
    return missing.map(({ id }) => id);
  };

  return {
    run: async (deadline) => {
      migrations.forEach(indexBuiltBy);
      const workDeadline = deadline - releaseMsMax;
      await prepare(workDeadline);
      await takeLease(workDeadline);
      try {
        return await applyMissing(workDeadline);
      } finally {
        await giveLeaseBack(deadline);
      }
    },
  };
};
