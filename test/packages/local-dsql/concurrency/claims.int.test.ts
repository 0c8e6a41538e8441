import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient(async (admin) => {
    await admin.query('CREATE TABLE task (id int PRIMARY KEY, owner text)');
  });
});

afterAll(() => dsql.stop());

beforeEach(() =>
  dsql.withClient(async (admin) => {
    await admin.query('DELETE FROM task');
    await admin.query('INSERT INTO task VALUES (1), (2)');
  }),
);

const conflict = { code: '40001', message: expect.stringContaining('(OC000)') };

const claim = async (
  client: pg.Client,
  policy: string,
  queryMode: string,
): Promise<readonly unknown[]> => {
  await client.query('BEGIN');
  const text = `SELECT id FROM task AS skip WHERE owner IS NULL ORDER BY id LIMIT 1 FOR UPDATE OF skip ${policy}`;
  return (await client.query({ text, queryMode } as pg.QueryConfig)).rows;
};

describe.each([
  ['SKIP LOCKED', 'simple'],
  ['SKIP LOCKED', 'extended'],
  ['NOWAIT', 'simple'],
  ['NOWAIT', 'extended'],
])('claims by FOR UPDATE %s, by the %s protocol', (policy, queryMode) => {
  it('all get the same row, and all but one conflict at COMMIT', () =>
    dsql.withClient((first) =>
      dsql.withClient(async (second) => {
        expect(await claim(first, policy, queryMode)).toEqual([{ id: 1 }]);
        expect(await claim(second, policy, queryMode)).toEqual([{ id: 1 }]);
        await first.query("UPDATE task SET owner = 'first' WHERE id = 1");
        await first.query('COMMIT');
        await expect(
          second
            .query("UPDATE task SET owner = 'second' WHERE id = 1")
            .then(() => second.query('COMMIT')),
        ).rejects.toMatchObject(conflict);
        await second.query('ROLLBACK');
      }),
    ));

  it('conflict at COMMIT also when they only lock', () =>
    dsql.withClient((first) =>
      dsql.withClient(async (second) => {
        await claim(first, policy, queryMode);
        await claim(second, policy, queryMode);
        await first.query('COMMIT');
        await expect(second.query('COMMIT')).rejects.toMatchObject(conflict);
      }),
    ));
});
