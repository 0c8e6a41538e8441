import { expect, onTestFinished, test } from 'vitest';
import { prepareDatabase } from '../../../../packages/local-dsql/src/catalog/sys-schema.ts';
import { connectSuperuser, testDatabase } from '../../../support/dsql.ts';

/** An older version has prepared the database: its check of types lets every type pass. */
const older = `
CREATE OR REPLACE FUNCTION pg_antipode.limit_of(name text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT NULL::bigint';
CREATE FUNCTION pg_antipode.older() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
DROP EVENT TRIGGER antipode_types;
CREATE EVENT TRIGGER antipode_types ON ddl_command_end EXECUTE FUNCTION pg_antipode.older()`;

test('a database that an older version has kept gets the check of types of this one', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const client = await connectSuperuser(postgres);
  onTestFinished(() => client.end());
  const create = 'CREATE TABLE public.drawn (id int PRIMARY KEY, at circle)';
  await client.query(older);
  await client.query(`${create}; DROP TABLE public.drawn`);
  await prepareDatabase(postgres);
  await expect(client.query(create)).rejects.toThrow('datatype circle not supported');
});

test('a database that is prepared keeps its objects when the endpoint of the other Region starts', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  const client = await connectSuperuser(postgres);
  onTestFinished(() => client.end());
  const written = async () =>
    (
      await client.query(`SELECT proname, xmin::text FROM pg_catalog.pg_proc
        WHERE pronamespace IN ('sys'::regnamespace, 'pg_antipode'::regnamespace) ORDER BY 1, 2`)
    ).rows;
  await prepareDatabase(postgres);
  const before = await written();
  await prepareDatabase(postgres);
  expect(await written()).toEqual(before);
});

/** An earlier version had all its objects in `sys`, with a table of jobs that clients read. */
const allInSys = `
DROP VIEW sys.jobs;
ALTER TABLE pg_antipode.jobs SET SCHEMA sys;
GRANT SELECT ON sys.jobs TO PUBLIC;
ALTER TABLE pg_antipode.iam_mapping SET SCHEMA sys;
ALTER VIEW pg_antipode.pg_index SET SCHEMA sys;
ALTER FUNCTION pg_antipode.is_own(oid) SET SCHEMA sys;
CREATE OR REPLACE FUNCTION pg_antipode.limit_of(name text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT 2::bigint';
INSERT INTO sys.iam_mapping (arn, pg_role_oid, grantor_pg_role_oid) VALUES ('arn', 'admin'::regrole, 'admin'::regrole)`;

test('a database whose jobs an older version has kept in sys has them in a view', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const client = await connectSuperuser(postgres);
  onTestFinished(() => client.end());
  await client.query(`CREATE TABLE public.kept (id int PRIMARY KEY); ${allInSys}`);
  await prepareDatabase(postgres);
  const { rows } = await client.query(`SELECT
      (SELECT count(*)::int FROM sys.iam_pg_role_mappings) AS mappings,
      (SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_catalog.pg_class
       WHERE relnamespace = 'sys'::regnamespace) AS shown,
      (SELECT string_agg(proname, ' ') FROM pg_catalog.pg_proc
       WHERE pronamespace = 'sys'::regnamespace) AS functions,
      has_table_privilege('admin', 'pg_antipode.jobs', 'SELECT') AS readable,
      has_table_privilege('admin', 'pg_antipode.pg_index', 'SELECT') AS index_readable`);
  expect(rows).toEqual([
    {
      mappings: 1,
      shown: 'iam_pg_role_mappings jobs',
      functions: 'wait_for_job',
      readable: false,
      index_readable: true,
    },
  ]);
  await client.query('INSERT INTO public.kept VALUES (1)');
});

test('a copy of a prepared database belongs to admin and limits the space of a query', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const copy = await testDatabase(postgres.database);
  onTestFinished(copy.stop);
  await prepareDatabase(copy);
  const client = await connectSuperuser(copy);
  onTestFinished(() => client.end());
  const { rows } = await client.query(`SELECT datdba::regrole::text AS owner,
      current_setting('temp_file_limit') AS space, has_database_privilege('admin', datname, 'TEMPORARY') AS temporary
    FROM pg_catalog.pg_database WHERE datname = current_database()`);
  expect(rows).toEqual([{ owner: 'admin', space: '128MB', temporary: false }]);
});
