import { afterAll, beforeAll, expect, it } from 'vitest';
import { createPeople } from '../../docs/examples/people.ts';
import type { ConnectionPool } from '../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../support/dsql.ts';
import { poolOf, transactionsOn } from '../support/dsql-adapter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;

beforeAll(async () => {
  dsql = await testDsql();
  pool = poolOf(dsql);
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE people (id text PRIMARY KEY, first_name text NOT NULL)');
  await admin.query("INSERT INTO people VALUES ('1', 'Ada')");
});
afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

it('the page on Kysely shows rows in the form that a plugin gives them', async () => {
  const people = createPeople(pool, transactionsOn(pool));
  expect(await people.firstName('1')).toBe('Ada');
  expect(await people.firstName('2')).toBeUndefined();
});
