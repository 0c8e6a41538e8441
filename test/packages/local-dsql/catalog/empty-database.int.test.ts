import { expect, onTestFinished, test } from 'vitest';
import { emptyDatabase } from '../../../../packages/local-dsql/src/catalog/empty-database.ts';
import { prepareDatabase } from '../../../../packages/local-dsql/src/catalog/sys-schema.ts';
import { connectSuperuser, testDatabase } from '../../../support/dsql.ts';

/** A role of the whole server, so that tests beside this one have others. */
const role = `emptied_${process.pid}`;

test('a database that was emptied has no data, no role and no grant, and can be prepared again', async () => {
  const postgres = await testDatabase();
  onTestFinished(postgres.stop);
  await prepareDatabase(postgres);
  const client = await connectSuperuser(postgres);
  onTestFinished(() => client.end());
  await client.query(`
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders (id text PRIMARY KEY);
    CREATE TABLE public.notes (id text PRIMARY KEY);
    CREATE ROLE ${role} LOGIN;
    GRANT SELECT ON shop.orders TO ${role};
    INSERT INTO pg_antipode.iam_mapping (arn, pg_role_oid, grantor_pg_role_oid)
    VALUES ('arn', '${role}'::regrole, 'admin'::regrole);`);
  await emptyDatabase(postgres);
  await prepareDatabase(postgres);
  const { rows } = await client.query(`
    SELECT to_regclass('shop.orders') AS orders, to_regclass('public.notes') AS notes,
           (SELECT count(*)::int FROM pg_catalog.pg_roles WHERE rolname = '${role}') AS roles,
           (SELECT count(*)::int FROM pg_antipode.iam_mapping) AS grants`);
  expect(rows).toEqual([{ orders: null, notes: null, roles: 0, grants: 0 }]);
  await expect(client.query('CREATE TABLE public.drawn (at circle)')).rejects.toThrow('circle');
});
