import { randomUUID } from 'node:crypto';
import { type Kysely, type MigrationLockOptions, sql } from 'kysely';
import { InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import { serverErrorOf } from '../connection/error-mapping.ts';
import { processClock as clock, processRandom as random } from '../connection/system-clock.ts';
import type { KyselyConnection } from './kysely-connection.ts';

/** A migrator's right to be the only one, until it is given back or its lease ends. */
export interface MigrationLock {
  /** Never fails: a lease that cannot be given back ends by itself. */
  readonly release: () => Promise<void>;
}

/** How often a lease is renewed while it lasts once: so that a renewal may fail or come late. */
const renewalsPerLease = 4;

/** A waiting migrator looks so often, more or less. Milliseconds. */
const pollMs = 500;

/** Kysely waits as long for PostgreSQL's lock: another migration may build large indexes. Milliseconds. */
const waitMsMax = 3_600_000;

/** SQLSTATE of a table that does not exist. */
const undefinedTable = '42P01';

/** The table of leases beside Kysely's own lock table, which has no room for an owner and a time. */
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

/** Looks first: a statement that defines something disturbs every session, also when there is nothing to do. */
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

/** The lease is somebody else's now, who may be changing the schema: this migrator must not go on. */
const forbidMore = (db: Kysely<unknown>): Promise<void> =>
  db.getExecutor().provideConnection(async (connection) => {
    const lost = new InvariantViolation(
      'The migration lease has ended before it was renewed: another migrator may be at work. Migrate again',
    );
    (connection as KyselyConnection).forbid(lost);
  });

/**
 * Takes Kysely's migration lock: a row with an owner and an end by the database's clock, renewed while it is held. A
 * crashed holder's lease ends.
 *
 * @param db one connection, on which the migrations run; renewals run between their statements
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
    // One that fails says what the migration itself will meet, or the next one succeeds.
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
