import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { prepareDatabase } from '../../../../packages/local-dsql/src/catalog/sys-schema.ts';
import { clientConfig } from '../../../../packages/local-dsql/src/postgres/postgres.ts';
import { testDatabase } from '../../../support/dsql.ts';

/** An older version has prepared the database: its check of types lets every type pass. */
const older = `
CREATE OR REPLACE FUNCTION sys.limit_of(name text) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT NULL::bigint';
CREATE FUNCTION sys.older() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
DROP EVENT TRIGGER antipode_types;
CREATE EVENT TRIGGER antipode_types ON ddl_command_end EXECUTE FUNCTION sys.older()`;

test('a database that an older version has kept gets the check of types of this one', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const client = new pg.Client(clientConfig(postgres));
  await client.connect();
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
  const client = new pg.Client(clientConfig(postgres));
  await client.connect();
  onTestFinished(() => client.end());
  const written = async () =>
    (
      await client.query(`SELECT proname, xmin::text FROM pg_catalog.pg_proc
        WHERE pronamespace = 'sys'::regnamespace ORDER BY 1, 2`)
    ).rows;
  await prepareDatabase(postgres);
  const before = await written();
  await prepareDatabase(postgres);
  expect(await written()).toEqual(before);
});

test('a copy of a prepared database belongs to admin and limits the space of a query', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const copy = await testDatabase(postgres.database);
  onTestFinished(copy.stop);
  await prepareDatabase(copy);
  const client = new pg.Client(clientConfig(copy));
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query(`SELECT datdba::regrole::text AS owner,
      current_setting('temp_file_limit') AS space, has_database_privilege('admin', datname, 'TEMPORARY') AS temporary
    FROM pg_catalog.pg_database WHERE datname = current_database()`);
  expect(rows).toEqual([{ owner: 'admin', space: '128MB', temporary: false }]);
});
