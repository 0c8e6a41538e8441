import type pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DsqlEndpoint, startDsqlEndpoint } from '../../../../packages/local-dsql/src/index.ts';
import { clusterId, type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;
let secondary: DsqlEndpoint;
/** Sessions in the two Regions. */
let a: pg.Client;
let b: pg.Client;

const oc000 = {
  code: '40001',
  message: 'change conflicts with another transaction (OC000)',
};
const oc001 = {
  code: '40001',
  message: 'schema has been updated by another transaction (OC001)',
};
/** Far above what a statement takes, far below any lock time-out. */
const promptMs = 5000;

beforeAll(async () => {
  dsql = await startLocalDsql();
  secondary = await startDsqlEndpoint({
    region: 'us-west-2',
    clusterId,
    port: 0,
    postgres: dsql.postgres,
    certificate: dsql.certificate,
    credentials: () => undefined,
    auth: false,
  });
  await dsql.withClient(async (admin) => {
    await admin.query('CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL, note text)');
    await admin.query('CREATE TABLE entry (id int PRIMARY KEY, account_id int REFERENCES account)');
  });
});

afterAll(async () => {
  await secondary.stop();
  await dsql.stop();
});

beforeEach(async () => {
  await dsql.withClient(async (admin) => {
    await admin.query('DELETE FROM entry');
    await admin.query('DELETE FROM account');
    await admin.query('INSERT INTO account VALUES (1, 100), (2, 100), (3, 100)');
  });
  a = dsql.client();
  b = dsql.client({ port: secondary.port });
  await Promise.all([a.connect(), b.connect()]);
});

afterEach(() => Promise.all([a.end(), b.end()]));

const balances = (client: pg.Client): Promise<readonly number[]> =>
  client
    .query<{ balance: number }>('SELECT balance FROM account ORDER BY id')
    .then(({ rows }) => rows.map(({ balance }) => balance));

const add = (client: pg.Client, id: number, amount: number): Promise<number | undefined> =>
  client
    .query<{ balance: number }>(
      'UPDATE account SET balance = balance + $2 WHERE id = $1 RETURNING balance',
      [id, amount],
    )
    .then(({ rows }) => rows[0]?.balance);

describe('two transactions that write one row', () => {
  beforeEach(async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    const start = performance.now();
    expect(await add(a, 1, 1)).toBe(101);
    expect(await add(b, 1, 10)).toBe(110);
    expect(performance.now() - start).toBeLessThan(promptMs);
  });

  it('each see their own write and nobody has waited', async () => {
    expect(await balances(a)).toEqual([101, 100, 100]);
    expect(await balances(b)).toEqual([110, 100, 100]);
    expect(await balances(a)).toEqual([101, 100, 100]);
    await a.query('ROLLBACK');
    await b.query('ROLLBACK');
  });

  it.each(['a', 'b'] as const)('are won by the first to commit, here %s', async (first) => {
    const [winner, loser] = first === 'a' ? [a, b] : [b, a];
    await winner.query('COMMIT');
    await expect(loser.query('COMMIT')).rejects.toMatchObject(oc000);
    expect(await balances(loser)).toEqual([first === 'a' ? 101 : 110, 100, 100]);
  });

  it('both succeed when one of them rolls back', async () => {
    expect((await a.query('ROLLBACK')).command).toBe('ROLLBACK');
    expect((await b.query('COMMIT')).command).toBe('COMMIT');
    expect(await balances(a)).toEqual([110, 100, 100]);
  });

  it('conflict although one goes on writing other rows', async () => {
    expect(await add(a, 2, 5)).toBe(105);
    await b.query('COMMIT');
    const lost = (async () => {
      await add(a, 3, 5);
      await a.query('COMMIT');
    })();
    await expect(lost).rejects.toMatchObject(oc000);
    await a.query('ROLLBACK');
    expect(await balances(a)).toEqual([110, 100, 100]);
  });

  it('leave a session that works after the conflict', async () => {
    await b.query('COMMIT');
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc000);
    await a.query('BEGIN');
    expect(await add(a, 1, 1)).toBe(111);
    await a.query('COMMIT');
  });
});

describe('an autocommit statement', () => {
  it('wins over a transaction that wrote first and has not committed', async () => {
    await a.query('BEGIN');
    await add(a, 1, 1);
    expect(await add(b, 1, 10)).toBe(110);
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc000);
  });
});

describe('transactions do not conflict', () => {
  it('when they write different rows', async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    await add(a, 1, 1);
    await add(b, 2, 1);
    await a.query('COMMIT');
    await b.query('COMMIT');
    expect(await balances(a)).toEqual([101, 101, 100]);
  });

  it('when each reads what the other writes: write skew', async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    expect(await balances(a)).toEqual(await balances(b));
    await add(a, 1, -200);
    await add(b, 2, -200);
    await a.query('COMMIT');
    await b.query('COMMIT');
    expect(await balances(a)).toEqual([-100, -100, 100]);
  });

  it('when one only reads, on its snapshot', async () => {
    await a.query('BEGIN READ ONLY');
    expect(await balances(a)).toEqual([100, 100, 100]);
    await add(b, 1, 1);
    expect(await balances(a)).toEqual([100, 100, 100]);
    await a.query('COMMIT');
  });

  it('when one locks a key that the other does not change', async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    await a.query('SELECT FROM account WHERE id = 1 FOR KEY SHARE');
    await add(b, 1, 1);
    await b.query('COMMIT');
    await a.query('COMMIT');
  });
});

describe('a row locked by FOR UPDATE', () => {
  const attempts: readonly (readonly [string, string])[] = [
    ['UPDATE', 'UPDATE account SET balance = 0 WHERE id = 1'],
    ['DELETE', 'DELETE FROM account WHERE id = 1'],
    ['FOR UPDATE', 'SELECT FROM account WHERE id = 1 FOR UPDATE'],
  ];

  it.each(attempts)('conflicts with a later %s on an older snapshot', async (_, sql) => {
    await b.query('BEGIN');
    await balances(b);
    await a.query('BEGIN');
    expect((await a.query('SELECT FROM account WHERE id = 1 FOR UPDATE')).rowCount).toBe(1);
    await a.query('COMMIT');
    const lost = (async () => {
      await b.query(sql);
      await b.query('COMMIT');
    })();
    await expect(lost).rejects.toMatchObject(oc000);
    await b.query('ROLLBACK');
  });

  it.each(attempts)(
    'conflicts with a concurrent %s, and the first to commit wins',
    async (_, sql) => {
      await b.query('BEGIN');
      await a.query('BEGIN');
      await a.query('SELECT FROM account WHERE id = 1 FOR UPDATE');
      await b.query(sql);
      await a.query('COMMIT');
      await expect(b.query('COMMIT')).rejects.toMatchObject(oc000);
    },
  );

  it('prevents write skew', async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    for (const client of [a, b]) {
      await client.query('SELECT FROM account WHERE id IN (1, 2) FOR UPDATE');
    }
    await add(a, 1, -200);
    await add(b, 2, -200);
    await b.query('COMMIT');
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc000);
  });

  it('is left as it was', async () => {
    await a.query('BEGIN');
    await a.query('SELECT FROM account FOR UPDATE');
    await a.query('COMMIT');
    expect(await balances(a)).toEqual([100, 100, 100]);
  });
});

describe('inserts of one key', () => {
  it('both succeed, and the second to commit loses', async () => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    expect((await a.query('INSERT INTO account VALUES (9, 1)')).rowCount).toBe(1);
    expect((await b.query('INSERT INTO account VALUES (9, 2)')).rowCount).toBe(1);
    await b.query('COMMIT');
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc000);
  });
});

describe('a child row and the removal of its parent', () => {
  it.each(['child', 'parent'] as const)('conflict; the %s commits first', async (first) => {
    await a.query('BEGIN');
    await b.query('BEGIN');
    await a.query('INSERT INTO entry VALUES (1, 1)');
    await b.query('DELETE FROM account WHERE id = 1');
    const [winner, loser] = first === 'child' ? [a, b] : [b, a];
    await winner.query('COMMIT');
    await expect(loser.query('COMMIT')).rejects.toMatchObject(oc000);
  });
});

describe('a repeated transaction', () => {
  it('keeps its settings, its prepared statements and what it saw', async () => {
    await a.query('BEGIN');
    await a.query(`SET LOCAL application_name = 'repeated'`);
    const insert = {
      name: 'insert',
      text: 'INSERT INTO account VALUES ($1, $2) RETURNING balance',
    };
    expect((await a.query({ ...insert, values: [20, 7] })).rows).toEqual([{ balance: 7 }]);
    await add(a, 1, 1);
    await b.query('BEGIN');
    await add(b, 1, 10);
    expect((await a.query('SHOW application_name')).rows).toEqual([
      { application_name: 'repeated' },
    ]);
    expect((await a.query({ ...insert, values: [21, 8] })).rows).toEqual([{ balance: 8 }]);
    await a.query('COMMIT');
    expect(await balances(a)).toEqual([101, 100, 100, 7, 8]);
    await expect(b.query('COMMIT')).rejects.toMatchObject(oc000);
  });

  it('is a conflict when it would show its client something else', async () => {
    await a.query('BEGIN');
    await a.query('UPDATE account SET note = gen_random_uuid() WHERE id = 1 RETURNING note');
    await b.query('BEGIN');
    await add(b, 1, 10);
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc000);
    await b.query('COMMIT');
  });
});

describe('a change of the catalog', () => {
  it.each(['SELECT 1', 'COMMIT'])('fails a transaction that began before it at %s', async (sql) => {
    await a.query('BEGIN');
    await balances(a);
    await b.query('CREATE TABLE IF NOT EXISTS fresh (id int)');
    await expect(a.query(sql)).rejects.toMatchObject(oc001);
    await a.query('ROLLBACK');
    expect(await balances(a)).toEqual([100, 100, 100]);
    await b.query('DROP TABLE fresh');
  });

  it('that is rolled back fails nobody', async () => {
    await a.query('BEGIN');
    await balances(a);
    await b.query('BEGIN');
    await b.query('CREATE TABLE fresh (id int)');
    await b.query('ROLLBACK');
    await expect(b.query('CREATE TABLE fresh (id money)')).rejects.toMatchObject({ code: '0A000' });
    expect((await a.query('COMMIT')).command).toBe('COMMIT');
  });

  it('does not wait for a transaction that uses the table', async () => {
    await a.query('BEGIN');
    await add(a, 1, 1);
    const start = performance.now();
    await b.query('ALTER TABLE account ADD COLUMN IF NOT EXISTS extra text');
    expect(performance.now() - start).toBeLessThan(promptMs);
    await expect(a.query('COMMIT')).rejects.toMatchObject(oc001);
    await b.query('ALTER TABLE account DROP COLUMN extra');
  });
});

describe('many transactions on few rows', () => {
  it('conserve the sum, lose no update and all end', async () => {
    const clients = await Promise.all(
      Array.from({ length: 8 }, async (_, at) => {
        const client = dsql.client(at % 2 === 0 ? {} : { port: secondary.port });
        await client.connect();
        return client;
      }),
    );
    let commits = 0;
    const transfer = async (client: pg.Client, from: number, to: number): Promise<void> => {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        try {
          await client.query('BEGIN');
          await add(client, from, -1);
          await add(client, to, 1);
          await client.query('COMMIT');
          commits += 1;
          return;
        } catch (error) {
          expect(error).toMatchObject(oc000);
          await client.query('ROLLBACK');
          await new Promise((resolve) => setTimeout(resolve, Math.random() * 20));
        }
      }
    };
    await Promise.all(
      clients.map(async (client, at) => {
        for (let round = 0; round < 10; round += 1) {
          await transfer(client, 1 + ((at + round) % 3), 1 + ((at + round + 1) % 3));
        }
      }),
    );
    expect(commits).toBe(80);
    const after = await balances(a);
    expect(after.reduce((sum, balance) => sum + balance, 0)).toBe(300);
    await Promise.all(clients.map((client) => client.end()));
  });
});
