import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { prepareDatabase } from '../../../../packages/local-dsql/src/catalog/sys-schema.ts';
import { clientConfig } from '../../../../packages/local-dsql/src/postgres/postgres.ts';
import { testDatabase } from '../../../support/dsql.ts';

/** The check of types as an older version has left it: it lets every type pass. */
const older = `
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
