import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Connection, connect } from '../../src/adapters/dsql/connection/connection.ts';
import { createConnectionPool } from '../../src/adapters/dsql/connection/connection-pool.ts';
import type { ConnectionPool, MigrationScript } from '../../src/adapters/dsql/index.ts';
import { readMigrationScript } from '../../src/adapters/dsql/migration/format/migration.ts';
import { systemClock, systemRandom } from '../../src/adapters/system/index.ts';
import { InvariantViolation } from '../../src/domain/kernel/index.ts';
import {
  type LocalDsql,
  region,
  signToken,
  startLocalDsql,
} from '../packages/local-dsql/support.ts';
import { migrate } from './dsql-adapter.ts';

/** A run per flight, on a machine that others use too. */
const everyFlightMsMax = 300_000;

/** More flights than a run of these migrations has, so that the loop ends when one gets through. */
const flightsMax = 200;

const schema = 'crash';

/** Statements that fail, or have another effect, when they run twice. */
const migrations: readonly MigrationScript[] = [
  readMigrationScript(
    '0001-a',
    '0001-a.sql',
    `CREATE TABLE crash.a (id uuid PRIMARY KEY, n int NOT NULL, gone text);
     CREATE UNIQUE INDEX ASYNC a_n ON crash.a (n);
     INSERT INTO crash.a (id, n) SELECT gen_random_uuid(), coalesce(max(n), 0) + 1 FROM crash.a;
     ALTER TABLE crash.a ADD COLUMN at timestamptz`,
  ),
  readMigrationScript(
    '0002-b',
    '0002-b.sql',
    `ALTER TABLE crash.a RENAME COLUMN at TO seen_at;
     ALTER TABLE crash.a DROP COLUMN gone;
     ALTER TABLE crash.a ADD CONSTRAINT positive CHECK (n > 0) NOT VALID;
     ALTER TABLE ASYNC crash.a VALIDATE CONSTRAINT positive;
     UPDATE crash.a SET n = n + 1;
     CREATE VIEW crash.v AS SELECT id FROM crash.a;
     DROP VIEW crash.v`,
  ),
];

let dsql: LocalDsql;
let admin: pg.Client;

const poolOf = (wrap: (connection: Connection) => Connection = (one) => one): ConnectionPool => {
  const { endpoint, certificate } = dsql;
  const target = {
    ...{ endpoint: `localhost:${endpoint.port}`, region, user: 'admin' },
    ca: certificate.ca,
  };
  const open = async (deadline: number) =>
    wrap(await connect(target, { token: () => signToken() }, deadline));
  return createConnectionPool(open, { clock: systemClock, random: systemRandom });
};

const rows = async (sql: string) => (await admin.query(sql)).rows;

/** The state of the database after the migrations. A crash of a run may leave no trace in it. */
const outcome = async () => ({
  columns: await rows(
    `SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns
      WHERE table_schema = '${schema}' ORDER BY 1, ordinal_position`,
  ),
  indexes: await rows(
    `SELECT c.relname, i.indisvalid, i.indisunique FROM pg_index AS i
      JOIN pg_class AS c ON c.oid = i.indexrelid
      WHERE c.relnamespace = '${schema}'::regnamespace ORDER BY 1`,
  ),
  constraints: await rows(
    `SELECT conname, convalidated FROM pg_constraint
      WHERE connamespace = '${schema}'::regnamespace ORDER BY 1`,
  ),
  data: await rows(`SELECT n FROM ${schema}.a`),
  applied: await rows(`SELECT id FROM ${schema}.migration ORDER BY 1`),
  statements: await rows(
    `SELECT migration, statement_index, checksum, finished_at IS NOT NULL AS finished
      FROM ${schema}.migration_statement ORDER BY 1, 2`,
  ),
  lock: await rows(`SELECT * FROM ${schema}.migration_lock`),
});

const reset = async (): Promise<void> => {
  await admin.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
};

/** As time does; a crashed run has left its lease behind. */
const endLease = async (): Promise<void> => {
  const [{ present } = { present: null }] = await rows(
    `SELECT to_regclass('${schema}.migration_lock') AS present`,
  );
  if (present !== null)
    await admin.query(`UPDATE ${schema}.migration_lock SET lease_until = now()`);
};

/**
 * A run that dies at a flight: it has arrived and takes effect, and nothing is heard or sent any
 * more.
 */
const crashAt = async (flightsBefore: number): Promise<'crashed' | 'done'> => {
  let flights = 0;
  const pool = poolOf((connection) => ({
    ...connection,
    flight: async (statements, deadline) => {
      flights += 1;
      if (flights <= flightsBefore) return connection.flight(statements, deadline);
      if (flights === flightsBefore + 1) await connection.flight(statements, deadline);
      return { results: [], error: new InvariantViolation('dead') };
    },
  }));
  try {
    await migrate(pool, schema, migrations, `dies at ${flightsBefore}`);
    return flights > flightsBefore ? 'crashed' : 'done';
  } catch {
    return 'crashed';
  } finally {
    await pool.close();
  }
};

/** Which crashes are tried. */
export type CrashCases = {
  /** Every how many-th flight of a run is its last one. */
  readonly everyFlights: number;
  /** Of runs among conflicts, catalog changes and lost answers. */
  readonly seeds: readonly number[];
};

/**
 * Runs a migration to its end after crashes and through faults, and compares the end with that of a
 * calm run.
 */
export const describeMigratorCrashes = ({ everyFlights, seeds }: CrashCases): void => {
  beforeAll(async () => {
    dsql = await startLocalDsql();
    admin = new pg.Client({ ...dsql.postgres });
    await admin.connect();
  });
  afterAll(async () => {
    await admin.end();
    await dsql.stop();
  });

  const flightsNamed = everyFlights === 1 ? 'any flight' : `every ${everyFlights}th flight`;

  describe('a migration', () => {
    it(
      `that dies at ${flightsNamed} is brought to the same end by the next run`,
      async () => {
        const pool = poolOf();
        await migrate(pool, schema, migrations);
        const undisturbed = await outcome();
        expect(undisturbed.data).toEqual([{ n: 2 }]);
        let crashes = 0;
        for (let at = 0; at < flightsMax; at += everyFlights) {
          await reset();
          if ((await crashAt(at)) === 'done') break;
          crashes += 1;
          await endLease();
          await migrate(pool, schema, migrations);
          expect(await outcome(), `after a crash at flight ${at}`).toEqual(undisturbed);
        }
        expect(crashes * everyFlights).toBeGreaterThan(30);
        expect(crashes).toBeLessThan(flightsMax);
        await pool.close();
      },
      everyFlightMsMax,
    );

    it.each(seeds)(
      'comes to the same end through conflicts, catalog changes and lost answers (seed %i)',
      async (seed) => {
        const pool = poolOf();
        await reset();
        await migrate(pool, schema, migrations);
        const undisturbed = await outcome();
        await reset();
        dsql.endpoint.failures.set({
          ...{ seed, conflict: 0.2, catalogConflict: 0.2, lostCommit: 0.2 },
          close: { answer: 0.05, execute: 0.02 },
        });
        const shaken = poolOf();
        try {
          expect(await migrate(shaken, schema, migrations)).toEqual(['0001-a', '0002-b']);
        } finally {
          dsql.endpoint.failures.clear();
        }
        // An answer that was lost may have been that to the end of the lease.
        await endLease();
        await admin.query(`DELETE FROM ${schema}.migration_lock`);
        expect(await outcome()).toEqual(undisturbed);
        await Promise.all([pool.close(), shaken.close()]);
      },
      everyFlightMsMax,
    );
  });
};
