import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;
let client: pg.Client;

const refused = (message: string) => ({ code: '0A000', message });
const twoDdl = refused('multiple ddl statements not supported in a transaction');
const mixed = refused('ddl and dml are not supported in the same transaction');
const aborted = { code: '25P02' };
const tooManyRows = { code: '54000', message: 'transaction row limit exceeded' };

beforeAll(async () => {
  dsql = await startLocalDsql();
  await dsql.withClient((admin) => admin.query('CREATE TABLE bulk (id int)'));
});

afterAll(() => dsql.stop());

beforeEach(async () => {
  client = dsql.client();
  await client.connect();
  await client.query('DELETE FROM bulk');
});

afterEach(() => client.end());

const count = async (): Promise<number> =>
  Number((await client.query('SELECT count(*) FROM bulk')).rows[0].count);

describe.each(['simple', 'extended'])('a transaction by the %s protocol', (queryMode) => {
  const run = (text: string) => client.query({ text, queryMode } as pg.QueryConfig);

  it('holds one DDL statement and no DML with it', async () => {
    await run('BEGIN');
    await run('CREATE TABLE first (id int)');
    await expect(run('CREATE TABLE second (id int)')).rejects.toMatchObject(twoDdl);
    await expect(run('SELECT 1')).rejects.toMatchObject(aborted);
    expect((await run('COMMIT')).command).toBe('ROLLBACK');
    await run('BEGIN');
    await run('INSERT INTO bulk VALUES (1)');
    await expect(run('CREATE TABLE first (id int)')).rejects.toMatchObject(mixed);
    await run('ROLLBACK');
    await run('BEGIN');
    await run('CREATE TABLE first (id int)');
    await expect(run('INSERT INTO bulk VALUES (1)')).rejects.toMatchObject(mixed);
    await run('ROLLBACK');
    expect(await count()).toBe(0);
  });

  it('is not failed by a refusal outside of it', async () => {
    await expect(run('TRUNCATE bulk')).rejects.toMatchObject({ code: '0A000' });
    expect((await run('SELECT 42 AS answer')).rows).toEqual([{ answer: 42 }]);
  });

  it('is failed by a refusal, which a failed one does not repeat', async () => {
    await run('BEGIN');
    await expect(run('TRUNCATE bulk')).rejects.toMatchObject({ code: '0A000' });
    await expect(run('TRUNCATE bulk')).rejects.toMatchObject(aborted);
    await run('ROLLBACK');
    expect(await count()).toBe(0);
  });

  it('writes 3,000 rows and not one more, over all its statements', async () => {
    await run('BEGIN');
    await run('INSERT INTO bulk SELECT generate_series(1, 2000)');
    await run('UPDATE bulk SET id = id WHERE id <= 1000');
    expect((await run('COMMIT')).command).toBe('COMMIT');
    await run('BEGIN');
    await run('DELETE FROM bulk');
    await expect(run('INSERT INTO bulk SELECT generate_series(1, 1001)')).rejects.toMatchObject(
      tooManyRows,
    );
    await expect(run('SELECT 1')).rejects.toMatchObject(aborted);
    await run('ROLLBACK');
    expect(await count()).toBe(2000);
  });

  it('of one statement has the same limit', async () => {
    const insert = 'INSERT INTO bulk SELECT generate_series(1, 3001)';
    await expect(run(insert)).rejects.toMatchObject(tooManyRows);
    expect(await count()).toBe(0);
    expect((await run('INSERT INTO bulk SELECT generate_series(1, 3000)')).rowCount).toBe(3000);
    expect(await count()).toBe(3000);
  });
});

describe('an implicit transaction of several statements', () => {
  it('holds one DDL statement', async () => {
    const sql = 'CREATE TABLE one (id int); CREATE TABLE two (id int)';
    await expect(client.query(sql)).rejects.toMatchObject(twoDdl);
    const { rows } = await client.query(`SELECT to_regclass('one') AS found`);
    expect(rows).toEqual([{ found: null }]);
  });

  it('does not mix DDL and DML', async () => {
    const sql = 'INSERT INTO bulk VALUES (1); CREATE TABLE one (id int)';
    await expect(client.query(sql)).rejects.toMatchObject(mixed);
    expect(await count()).toBe(0);
  });

  it('is undone by a refusal in its middle', async () => {
    const sql = 'INSERT INTO bulk VALUES (1); TRUNCATE bulk; SELECT 1';
    await expect(client.query(sql)).rejects.toMatchObject({ code: '0A000' });
    expect(await count()).toBe(0);
  });

  it('is understood with comments at the ends of lines, also where others are at work', async () => {
    await dsql.withClient(async (other) => {
      await other.query('BEGIN');
      await other.query('SELECT FROM bulk');
      await client.query('BEGIN -- first\n; INSERT INTO bulk VALUES (1) -- second\n; COMMIT');
      await other.query('ROLLBACK');
    });
    expect(await count()).toBe(1);
    const sql = 'SELECT 1 -- one\n; SAVEPOINT two';
    await expect(client.query(sql)).rejects.toMatchObject({ code: '0A000' });
  });

  it('starts anew after COMMIT in the same text', async () => {
    await client.query('BEGIN; INSERT INTO bulk VALUES (1); COMMIT; CREATE TABLE later (id int)');
    expect(await count()).toBe(1);
    await client.query('DROP TABLE later');
  });

  it.each(['COMMIT', 'ROLLBACK'])('counts its rows anew after %s in the same text', async (end) => {
    // Rows that stay would be too many for the next test to delete at once.
    await client.query('CREATE TABLE tally (id int)');
    const insert = 'INSERT INTO tally SELECT generate_series(1, 2000)';
    await client.query(`BEGIN; ${insert}; ${end}; ${insert}`);
    await client.query(`BEGIN; ${insert}; ${end} AND CHAIN; ${insert}; COMMIT`);
    const { rows } = await client.query('SELECT count(*)::int AS kept FROM tally');
    expect(rows).toEqual([{ kept: end === 'COMMIT' ? 8000 : 4000 }]);
    await expect(client.query(`${insert}; ${insert}`)).rejects.toMatchObject(tooManyRows);
    await client.query('DROP TABLE tally');
  });
});
