import { randomUUID } from 'node:crypto';
import { type Kysely, type MigrationLockOptions, sql } from 'kysely';
import { InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import { systemClock as clock, systemRandom as random } from '../../system/index.ts';
import { serverErrorOf } from '../connection/error-mapping.ts';
import type { KyselyConnection } from './kysely-connection.ts';

/** The lock of a migrator, until it is released or its lease ends. */
export interface MigrationLock {
  /** Releases the lock. Never fails: a lease that cannot be released ends by itself. */
  readonly release: () => Promise<void>;
}

/** Renewals in the time of one lease, so that one of them may fail or be late. */
const renewalsPerLease = 4;

/** The approximate interval in which a waiting migrator looks for the lock. Milliseconds. */
const pollMs = 500;

/**
 * The wait for the lock, as long as Kysely's on PostgreSQL: large indexes take long. Milliseconds.
 */
const waitMsMax = 3_600_000;

/** SQLSTATE of a table that does not exist. */
const undefinedTable = '42P01';

/** The table of leases. Kysely's own lock table has no column for an owner and a time. */
export const leaseTableOf = (lockTable: string): string => `${lockTable}_lease`;

const leaseStatements = ({ lockTable, lockTableSchema, lockRowId }: MigrationLockOptions) => {
  const name = leaseTableOf(lockTable);
  const table = lockTableSchema === undefined ? sql.id(name) : sql.id(lockTableSchema, name);
  const end = (leaseMs: number) => sql`now() + ${leaseMs}::int * interval '1 millisecond'`;
  return {
    look: sql`SELECT 1 FROM ${table} WHERE id = ${lockRowId}`,
    create: sql`CREATE TABLE IF NOT EXISTS ${table}
      (id varchar(255) PRIMARY KEY, owner varchar(36) NOT NULL, lease_until timestamptz NOT NULL)`,
    take: (owner: string, leaseMs: number) => sql`
      INSERT INTO ${table} AS held (id, owner, lease_until)
      VALUES (${lockRowId}, ${owner}, ${end(leaseMs)})
      ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
      WHERE held.lease_until <= now() RETURNING id`,
    renew: (owner: string, leaseMs: number) => sql`
      UPDATE ${table} SET lease_until = ${end(leaseMs)}
      WHERE id = ${lockRowId} AND owner = ${owner} RETURNING id`,
    giveBack: (owner: string) =>
      sql`DELETE FROM ${table} WHERE id = ${lockRowId} AND owner = ${owner}`,
  };
};

/**
 * Creates the table of leases if it is missing. DDL disturbs every session, so this looks first.
 */
const ensureTable = async (
  db: Kysely<unknown>,
  { look, create }: ReturnType<typeof leaseStatements>,
): Promise<void> => {
  try {
    await look.execute(db);
  } catch (error) {
    if (serverErrorOf(error)?.code !== undefinedTable) throw error;
    await create.execute(db);
  }
};

/** The fault of a migrator whose lease another one has: two must not change the schema at once. */
const forbidMore = (db: Kysely<unknown>): Promise<void> =>
  db.getExecutor().provideConnection(async (connection) => {
    const lost = new InvariantViolation(
      'The migration lease has ended before it was renewed: another migrator may be at work. Migrate again',
    );
    (connection as KyselyConnection).forbid(lost);
  });

/**
 * Takes Kysely's migration lock: a row with an owner, and an end by the database's clock. The lock
 * is renewed while it is held. The lease of a crashed holder ends by itself.
 *
 * @param db a Kysely on one connection, which also runs the migrations; renewals run between their
 * statements
 * @throws {Unavailable} when another migrator holds it for an hour
 */
export const acquireMigrationLock = async (
  db: Kysely<unknown>,
  options: MigrationLockOptions,
  leaseMs: number,
): Promise<MigrationLock> => {
  const owner = randomUUID();
  const statements = leaseStatements(options);
  const giveUpAt = clock.now() + waitMsMax;
  await ensureTable(db, statements);
  for (;;) {
    const { rows } = await statements.take(owner, leaseMs).execute(db);
    if (rows.length > 0) break;
    if (clock.now() > giveUpAt) throw new Unavailable('Another migration is under way');
    await clock.sleep(pollMs * (0.5 + random.next()));
  }

  let renewal: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const { rows } = await statements.renew(owner, leaseMs).execute(db);
    if (rows.length === 0) await forbidMore(db);
  };
  const timer = setInterval(() => {
    // After a failed renewal the migration meets the same error, or the next renewal succeeds.
    renewal ??= renew()
      .catch(() => undefined)
      .finally(() => {
        renewal = undefined;
      });
  }, leaseMs / renewalsPerLease);
  timer.unref();

  return {
    release: async () => {
      clearInterval(timer);
      await renewal;
      await statements
        .giveBack(owner)
        .execute(db)
        .catch(() => undefined);
    },
  };
};
