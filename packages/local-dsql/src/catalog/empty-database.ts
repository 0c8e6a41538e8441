import pg from 'pg';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';

/**
 * Drops everything that clusters have had: schemas with their data, roles, grants and jobs. The
 * event triggers that keep DSQL's limits are not to judge it. The schemas `sys` and `pg_antipode`
 * stay: functions of PostgreSQL's own have been moved there.
 */
const emptying = `
SET session_replication_role = replica;
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN
    SELECT nspname FROM pg_catalog.pg_namespace
    WHERE nspname NOT IN ('information_schema', 'sys') AND nspname NOT LIKE 'pg\\_%'
  LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', name);
  END LOOP;
  CREATE SCHEMA public;
  GRANT USAGE ON SCHEMA public TO PUBLIC;
  FOR name IN SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'pg_antipode' LOOP
    EXECUTE format('TRUNCATE pg_antipode.%I CASCADE', name);
  END LOOP;
  FOR name IN
    SELECT rolname FROM pg_catalog.pg_roles
    WHERE NOT rolsuper AND rolname <> 'admin' AND rolname NOT LIKE 'pg\\_%'
  LOOP
    EXECUTE format('DROP OWNED BY %I', name);
    EXECUTE format('DROP ROLE %I', name);
  END LOOP;
END $$`;

/**
 * Empties a database, as the deletion of its last cluster does. No endpoint may stand on it; the
 * next one prepares it again.
 */
export const emptyDatabase = async (postgres: Postgres): Promise<void> => {
  const client = new pg.Client(clientConfig(postgres));
  // The pending query fails with the error, which is thrown there.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(emptying);
  } finally {
    await client.end();
  }
};
