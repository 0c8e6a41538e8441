import type pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Postgres } from '../../../src/testing/database/local-dsql.ts';
import { connectSuperuser } from '../../../src/testing/database/postgres-database.ts';
import { createTableReset } from '../../../src/testing/database/table-reset.ts';
import { testDatabase } from '../../support/dsql.ts';

let postgres: Postgres;
let client: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  postgres = await testDatabase();
  client = await connectSuperuser(postgres);
  other = await connectSuperuser(postgres);
  await client.query('CREATE SCHEMA "my shop"; CREATE TABLE "my shop"."a b" (id int PRIMARY KEY)');
});
afterAll(async () => {
  await Promise.all([client.end(), other.end()]);
  await postgres.stop();
});

const ids = async () => (await client.query('SELECT id FROM "my shop"."a b"')).rows;

it('a reset waits for a transaction that writes, and says which mistake keeps it open', async () => {
  const reset = await createTableReset(client, 'my shop', 200);
  await other.query('BEGIN; INSERT INTO "my shop"."a b" VALUES (1)');
  await expect(reset()).rejects.toThrow(
    'The test database was not reset: a transaction is still open after 200 ms. Await all work before reset()',
  );
  await other.query('COMMIT');
  expect(await ids()).toEqual([{ id: 1 }]);
  await reset();
  expect(await ids()).toEqual([]);
});

it('a reset leaves the journal of migrations alone', async () => {
  await client.query(
    'CREATE TABLE "my shop".migration (id int); INSERT INTO "my shop".migration VALUES (1)',
  );
  const reset = await createTableReset(client, 'my shop');
  await client.query('INSERT INTO "my shop".migration VALUES (2)');
  await reset();
  const { rows } = await client.query('SELECT id FROM "my shop".migration ORDER BY id');
  expect(rows).toEqual([{ id: 1 }, { id: 2 }]);
});

it('a reset of a schema without tables does nothing', async () => {
  const reset = await createTableReset(client, 'nowhere');
  await expect(reset()).resolves.toBeUndefined();
});
