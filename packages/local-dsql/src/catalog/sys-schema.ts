import { createHash } from 'node:crypto';
import pg from 'pg';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';
import { onlyEncoding, settable } from '../statements/rules/session-settings.ts';
import { catalogObjects, inspectionObjects } from './catalog-objects.ts';
import { conflictFunctions } from './conflict-functions.ts';
import { jobObjects } from './job-objects.ts';
import { limitTriggers } from './limit-triggers.ts';
import { typeObjects } from './type-objects.ts';

/** Keeps two endpoints from preparing the same database at once. */
const preparationLock = 4_115_726_009;

/**
 * The role `admin`, which may do much and is no superuser, and the settings of the database. They
 * are PostgreSQL's own notes about a database, so a copy of the database does not have them.
 */
const databaseSettings = `
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'admin') THEN
    CREATE ROLE admin LOGIN CREATEROLE;
  END IF;
  EXECUTE format('ALTER DATABASE %I OWNER TO admin', current_database());
  -- A search_path may name the temporary schema, which DSQL does not have.
  EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC, admin', current_database());
  -- The local DSQL keeps transactions from waiting for locks, so a cycle may be reported at once.
  EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = %L', current_database(), '20ms');
  -- A parameter of the connection would win over the zone in the options of a client.
  EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'UTC');
  -- Settings that DSQL has besides PostgreSQL's; nothing depends on them here.
  EXECUTE format('ALTER DATABASE %I SET dsql.enable_batched_nestloop = %L', current_database(), 'on');
  EXECUTE format('ALTER DATABASE %I SET dsql.disable_sync_create_index = %L', current_database(), 'on');
  -- Temporary space of one query.
  EXECUTE format('ALTER DATABASE %I SET temp_file_limit = %L', current_database(), '128MB');
END $$;
`;

/**
 * Objects that DSQL has and PostgreSQL has not, in the schema `sys`, and in `pg_antipode` those of
 * the local DSQL. Its functions run the statements that PostgreSQL's grammar does not know.
 */
const systemObjects = `
-- Silences the event triggers of a kept database, whose functions are about to move.
SET session_replication_role = replica;
-- An update of this view sets the parameters of the session.
REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC;
ALTER SCHEMA public OWNER TO admin;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;

CREATE SCHEMA IF NOT EXISTS sys;
GRANT USAGE ON SCHEMA sys TO PUBLIC;
-- PostgreSQL reserves the prefix, so tools leave the schema out and no client can make one like it.
SET allow_system_table_mods = on;
CREATE SCHEMA IF NOT EXISTS pg_antipode;
RESET allow_system_table_mods;
GRANT USAGE ON SCHEMA pg_antipode TO PUBLIC;
-- A kept database may have everything in the schema sys.
DO $$
DECLARE
  relation regclass;
BEGIN
  FOR relation IN
    SELECT oid FROM pg_class WHERE relnamespace = 'sys'::regnamespace
      AND (relkind = 'r' OR relkind = 'v' AND relname IN ('pg_am', 'pg_index'))
  LOOP
    EXECUTE format('ALTER TABLE %s SET SCHEMA pg_antipode', relation);
  END LOOP;
  IF to_regclass('pg_antipode.jobs') IS NOT NULL THEN REVOKE ALL ON pg_antipode.jobs FROM PUBLIC; END IF;
  UPDATE pg_proc SET pronamespace = 'pg_antipode'::regnamespace
  WHERE pronamespace = 'sys'::regnamespace AND proname <> 'wait_for_job';
END $$;

CREATE TABLE IF NOT EXISTS pg_antipode.iam_mapping (
  iam_oid serial PRIMARY KEY,
  arn text NOT NULL,
  pg_role_oid oid NOT NULL,
  grantor_pg_role_oid oid NOT NULL,
  UNIQUE (arn, pg_role_oid)
);
CREATE OR REPLACE VIEW sys.iam_pg_role_mappings AS
  SELECT m.iam_oid::oid AS iam_oid, m.arn, m.pg_role_oid, r.rolname AS pg_role_name,
         m.grantor_pg_role_oid, g.rolname AS grantor_pg_role_name
  FROM pg_antipode.iam_mapping m
  JOIN pg_catalog.pg_roles r ON r.oid = m.pg_role_oid
  LEFT JOIN pg_catalog.pg_roles g ON g.oid = m.grantor_pg_role_oid;
GRANT SELECT ON sys.iam_pg_role_mappings TO PUBLIC;

CREATE OR REPLACE PROCEDURE pg_antipode.iam_grant(role_name text, arn text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF session_user <> 'admin' THEN
    RAISE EXCEPTION 'permission denied to grant role "%"', role_name USING ERRCODE = '42501';
  END IF;
  INSERT INTO pg_antipode.iam_mapping (arn, pg_role_oid, grantor_pg_role_oid)
  VALUES (iam_grant.arn, quote_ident(role_name)::regrole, session_user::regrole)
  ON CONFLICT DO NOTHING;
END $$;

CREATE OR REPLACE PROCEDURE pg_antipode.iam_revoke(role_name text, arn text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF session_user <> 'admin' THEN
    RAISE EXCEPTION 'permission denied to revoke role "%"', role_name USING ERRCODE = '42501';
  END IF;
  DELETE FROM pg_antipode.iam_mapping m
  WHERE m.arn = iam_revoke.arn AND m.pg_role_oid = quote_ident(role_name)::regrole;
END $$;

-- Runs an ALTER TABLE that drops columns or constraints, or makes identity columns, if the catalog
-- allows it. DSQL stores a table by its primary key, so neither the key nor a column of it can be
-- dropped.
CREATE OR REPLACE PROCEDURE pg_antipode.antipode_alter_table(
  statement text, relation text, columns text[], constraints text[], identities text[]
) LANGUAGE plpgsql AS $$
DECLARE
  key_column text;
  type oid;
BEGIN
  SELECT a.attname INTO key_column
  FROM pg_catalog.pg_index i
  JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
  WHERE i.indrelid = to_regclass(relation) AND i.indisprimary AND a.attname = ANY (columns);
  IF key_column IS NOT NULL THEN
    RAISE EXCEPTION 'cannot drop primary key column %', key_column USING ERRCODE = '0A000';
  END IF;
  IF EXISTS (SELECT FROM pg_catalog.pg_constraint WHERE conrelid = to_regclass(relation)
             AND contype = 'p' AND conname = ANY (constraints)) THEN
    RAISE EXCEPTION 'unsupported ALTER TABLE DROP CONSTRAINT statement' USING ERRCODE = '0A000';
  END IF;
  SELECT atttypid INTO type FROM pg_catalog.pg_attribute
  WHERE attrelid = to_regclass(relation) AND attname = ANY (identities) AND atttypid <> 'int8'::regtype;
  IF type IS NOT NULL THEN
    RAISE EXCEPTION 'datatype % not supported, identity column type must be bigint', format_type(type, NULL)
      USING ERRCODE = '0A000';
  END IF;
  EXECUTE statement;
END $$;

-- Checks a setting whose name or value a statement computes.
CREATE OR REPLACE FUNCTION pg_antipode.set_config(name text, value text, is_local boolean) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF lower(name) !~ '${settable.source}' THEN
    RAISE EXCEPTION 'setting configuration parameter "%" not supported', name USING ERRCODE = '0A000';
  END IF;
  IF lower(name) = 'client_encoding' AND regexp_replace(lower(value), '[^a-z0-9]', '', 'g') !~ '${onlyEncoding.source}' THEN
    RAISE EXCEPTION 'invalid value for parameter "client_encoding": "%"', value USING ERRCODE = '22023';
  END IF;
  RETURN pg_catalog.set_config(name, value, is_local);
END $$;

-- Raises the error of a statement that DSQL refuses.
CREATE OR REPLACE FUNCTION pg_antipode.send_error(code text, message text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
END $$;
`;

const objects = [
  systemObjects,
  jobObjects,
  catalogObjects,
  inspectionObjects,
  limitTriggers,
  typeObjects,
  conflictFunctions,
].join('');

const objectsVersion = createHash('sha256').update(objects).digest('hex');

/** An older version that prepares the database makes this function and its row again. */
const written = `SELECT xmin FROM pg_catalog.pg_proc WHERE oid = 'pg_antipode.limit_of(text)'::regprocedure`;

/** `emptyDatabase` empties this table too. */
const markPrepared = `
CREATE TABLE IF NOT EXISTS pg_antipode.preparation (version text NOT NULL, written xid NOT NULL);
TRUNCATE pg_antipode.preparation;
INSERT INTO pg_antipode.preparation VALUES ('${objectsVersion}', (${written}));`;

/** Whether the objects of this version are there: the other Region's endpoint has made them. */
const isPrepared = async (client: pg.Client): Promise<boolean> => {
  const table = await client.query(
    "SELECT WHERE to_regclass('pg_antipode.preparation') IS NOT NULL",
  );
  if (table.rowCount === 0) return false;
  const { rowCount } = await client.query(
    `SELECT FROM pg_antipode.preparation WHERE version = $1 AND written = (${written})`,
    [objectsVersion],
  );
  return rowCount === 1;
};

/** Prepares a PostgreSQL database so that it looks like DSQL's. Safe to repeat. */
export const prepareDatabase = async (postgres: Postgres): Promise<void> => {
  const client = new pg.Client(clientConfig(postgres));
  // The pending query fails with the error, which is thrown there.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('SELECT pg_advisory_lock($1)', [preparationLock]);
    const missing = (await isPrepared(client)) ? '' : objects + markPrepared;
    await client.query(databaseSettings + missing);
  } finally {
    await client.end();
  }
};
