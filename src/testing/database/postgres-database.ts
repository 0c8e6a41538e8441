import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { loadLocalDsql, type Postgres } from './local-dsql.ts';

/** SQLSTATE of a role that another database has granted something to. */
const stillNeeded = '2BP01';

/**
 * A connection as PostgreSQL's superuser, past the endpoint: it may do what no client of DSQL can.
 */
export const connectSuperuser = async (postgres: Postgres): Promise<pg.Client> => {
  const { host, port, user, password, database } = postgres;
  const client = new pg.Client({ host, port, user, password, database, ssl: false });
  // A server that ends is told by the statement after it.
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const withSuperuser = async (
  postgres: Postgres,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> => {
  const client = await connectSuperuser(postgres);
  try {
    await work(client);
  } finally {
    await client.end();
  }
};

/** Roles belong to the whole server: another test database may need the same one. */
const dropRole = async (client: pg.Client, role: string): Promise<void> => {
  try {
    await client.query(`DROP ROLE IF EXISTS ${client.escapeIdentifier(role)}`);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== stillNeeded) throw error;
  }
};

/**
 * A new database of a PostgreSQL that runs already; `stop` removes it, and the role unless another
 * one needs it.
 */
const createDatabase = async (server: Postgres, role: string): Promise<Postgres> => {
  const database = `antipode_test_${randomBytes(6).toString('hex')}`;
  await withSuperuser(server, (client) => client.query(`CREATE DATABASE "${database}"`));
  let removed: Promise<void> | undefined;
  const remove = () =>
    withSuperuser(server, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
      await dropRole(client, role);
    });
  return {
    ...server,
    database,
    stop: () => {
      removed ??= remove();
      return removed;
    },
  };
};

/**
 * The PostgreSQL of one test database: an embedded one of its own, or a new database of the one at
 * `url`.
 */
export const openPostgres = async (url: string | undefined, role: string): Promise<Postgres> => {
  const { existingPostgres, startPostgres } = await loadLocalDsql();
  return url === undefined ? startPostgres() : createDatabase(existingPostgres(url), role);
};
