import pg from 'pg';
import { expect, inject, test } from 'vitest';
import { existingPostgres } from '../../local/dsql/postgres.ts';

test('the integration tests run on PostgreSQL 16', async () => {
  const { host, port, user, password, database } = existingPostgres(inject('postgresUrl'));
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  const { rows } = await client.query('show server_version');
  await client.end();
  expect(rows[0].server_version).toMatch(/^16\./);
});
