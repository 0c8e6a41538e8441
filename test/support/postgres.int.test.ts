import pg from 'pg';
import { expect, test } from 'vitest';
import { testServer } from './dsql.ts';

test('the integration tests run on PostgreSQL 16', async () => {
  const { host, port, user, password, database } = testServer();
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  const { rows } = await client.query('show server_version');
  await client.end();
  expect(rows[0].server_version).toMatch(/^16\./);
});
