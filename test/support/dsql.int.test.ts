import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestDsql, testDsql } from './dsql.ts';

let dsql: TestDsql;
beforeAll(async () => {
  dsql = await testDsql();
});
afterAll(() => dsql.stop());

test('a row that is written in one Region is read in the other', async () => {
  const primary = await dsql.adminConnection();
  await primary.query('CREATE TABLE note (id int PRIMARY KEY)');
  await primary.query('INSERT INTO note VALUES (1)');
  const secondary = await dsql.adminConnection(dsql.peer);
  expect((await secondary.query('SELECT id FROM note')).rows).toEqual([{ id: 1 }]);
});

test('a role connects once IAM grants it', async () => {
  const admin = await dsql.adminConnection();
  await admin.query('CREATE ROLE reader WITH LOGIN');
  await expect(dsql.connectionAs('reader')).rejects.toThrow('access denied');
  await admin.query(`AWS IAM GRANT reader TO '${dsql.principalArn}'`);
  const reader = await dsql.connectionAs('reader');
  expect((await reader.query('SELECT current_user')).rows).toEqual([{ current_user: 'reader' }]);
});

test('nothing of one test cluster is left for the next', async () => {
  const other = await testDsql();
  const admin = await other.adminConnection();
  await admin.query('CREATE ROLE passing WITH LOGIN');
  await other.stop();
  const { rows } = await (await dsql.adminConnection()).query(
    "SELECT FROM pg_roles WHERE rolname = 'passing'",
  );
  expect(rows).toEqual([]);
});
