import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';

let dsql: TestDsql;

beforeAll(async () => {
  dsql = await testDsql();
  const superuser = await dsql.superuserConnection();
  // PostgreSQL then gives small tables the plans of large ones.
  for (const setting of ['debug_parallel_query = on', 'min_parallel_table_scan_size = 0']) {
    await superuser.query(`ALTER DATABASE "${dsql.postgres.database}" SET ${setting}`);
  }
});

afterAll(() => dsql.stop());

it('reads a large table, and builds an index on it', async () => {
  const client = await dsql.adminConnection();
  await client.query('CREATE TABLE large (id int PRIMARY KEY, note text)');
  await client.query(
    "INSERT INTO large SELECT n, repeat('x', 200) FROM generate_series(1, 1000) AS n",
  );
  const { rows } = await client.query("SELECT count(*)::int FROM large WHERE note LIKE 'x%'");
  expect(rows).toEqual([{ count: 1000 }]);
  await client.query('CREATE INDEX ASYNC large_note ON large (note)');
  await expect
    .poll(async () => (await client.query('SELECT status, details FROM sys.jobs')).rows)
    .toEqual([{ status: 'completed', details: null }]);
});
