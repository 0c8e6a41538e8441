import {
  type ConnectionPool,
  frameworkMigrations,
  query,
  statement,
} from '../../src/adapters/dsql/index.ts';
import { counterMigrations, counterSchema } from './counter.ts';
import { startTestDsql, type TestDsql, testDatabase, testServer, withSuperuser } from './dsql.ts';
import { migrate, poolOf } from './dsql-adapter.ts';

/** Makes the tables of a service whose context are the counters: its own and the framework's. */
export const migrateCounters = (connections: ConnectionPool): Promise<readonly string[]> =>
  migrate(connections, counterSchema, [
    ...frameworkMigrations(counterSchema),
    ...counterMigrations,
  ]);

/** The database of the worker's PostgreSQL that has these tables, empty. Nobody works in it. */
const template = 'counters_template';

/**
 * Makes the template unless a file before this one has. It gets its name when it is whole, so that
 * no file copies one whose migration has failed.
 */
const makeTemplate = async (): Promise<void> => {
  const server = testServer();
  const isMade = await withSuperuser(server, async (client) => {
    const sql = 'SELECT FROM pg_catalog.pg_database WHERE datname = $1';
    return (await client.query(sql, [template])).rowCount === 1;
  });
  if (isMade) return;
  const database = `${template}_part`;
  await withSuperuser(server, async (client) => {
    await client.query(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${database}`);
  });
  const dsql = await startTestDsql({ ...server, database });
  const connections = poolOf(dsql);
  try {
    await migrateCounters(connections);
  } finally {
    await connections.close();
    await dsql.stop();
  }
  await withSuperuser(server, (client) =>
    client.query(`ALTER DATABASE ${database} RENAME TO ${template}`),
  );
};

/**
 * Starts a local DSQL cluster with the tables of the counters, over a database of its own. The
 * tables come from a copy: to migrate takes ten times as long.
 */
export const testCounters = async (): Promise<TestDsql> => {
  await makeTemplate();
  return startTestDsql(await testDatabase(template));
};

/** A counter's value as these connections see it; `undefined` where it is not there. */
export const counterValue = async (
  connections: ConnectionPool,
  name: string,
): Promise<number | undefined> => {
  const one = statement(`SELECT value FROM ${counterSchema}.counters WHERE name = $1`, name);
  const { rows } = await query(connections, one, { writes: false });
  return rows[0] && Number(rows[0]['value']);
};
