import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalDsql, startLocalDsql } from '../support.ts';

let dsql: LocalDsql;
let a: pg.Client;
let b: pg.Client;

const oc000 = { code: '40001', message: 'change conflicts with another transaction (OC000)' };

/** The operations of a transaction on one row, whose key is 1. */
const operations = {
  INSERT: 'INSERT INTO item VALUES (1, 10, 1)',
  DELETE: 'DELETE FROM item WHERE id = 1',
  'UPDATE of the primary key': 'UPDATE item SET id = 2 WHERE id = 1',
  'UPDATE of a unique column': 'UPDATE item SET code = 20 WHERE id = 1',
  'UPDATE of another column': 'UPDATE item SET amount = amount + 1 WHERE id = 1',
  'FOR UPDATE': 'SELECT FROM item WHERE id = 1 FOR UPDATE',
  'FOR UPDATE through a view': 'SELECT FROM item_view WHERE id = 1 FOR UPDATE',
  'FOR KEY SHARE': 'SELECT FROM item WHERE id = 1 FOR KEY SHARE',
  'a row that refers to it': 'INSERT INTO part VALUES (1)',
} as const;
type Operation = keyof typeof operations;

const names = Object.keys(operations) as readonly Operation[];
const shares: ReadonlySet<Operation> = new Set(['FOR KEY SHARE', 'a row that refers to it']);
const compatible: ReadonlySet<Operation> = new Set([...shares, 'UPDATE of another column']);

/** The documented matrix: a key share goes with key shares and with changes of other columns. */
const conflicts = (one: Operation, other: Operation): boolean =>
  !(compatible.has(one) && compatible.has(other) && (shares.has(one) || shares.has(other)));

const pairs = names
  .flatMap((first) => names.map((second) => [first, second] as const))
  // The row is there for all operations but INSERT.
  .filter(([first, second]) => (first === 'INSERT') === (second === 'INSERT'));

beforeAll(async () => {
  dsql = await startLocalDsql();
  [a, b] = [dsql.client(), dsql.client()];
  await Promise.all([a.connect(), b.connect()]);
  await a.query('CREATE TABLE item (id int PRIMARY KEY, code int UNIQUE, amount int)');
  await a.query('CREATE TABLE part (item_id int REFERENCES item)');
  await a.query('CREATE VIEW item_view AS SELECT * FROM item');
});

afterAll(async () => {
  await Promise.all([a.end(), b.end()]);
  await dsql.stop();
});

/** How two transactions, each with its snapshot, may meet; the first to commit must win. */
const meetings: Readonly<Record<string, (one: string, other: string) => Promise<void>>> = {
  'at the same time': async (one, other) => {
    await a.query(one);
    await b.query(other);
    await a.query('COMMIT');
    await b.query('COMMIT');
  },
  'at the same time, the later one in one message with its COMMIT': async (one, other) => {
    await a.query(one);
    const later = b.query(`${other}; COMMIT`);
    later.catch(() => undefined);
    await later;
    await a.query('COMMIT');
  },
  'at the same time, the later one first': async (one, other) => {
    await a.query(one);
    await b.query(other);
    await b.query('COMMIT');
    await a.query('COMMIT');
  },
  'one after the other, on an older snapshot': async (one, other) => {
    await a.query(one);
    await a.query('COMMIT');
    await b.query(other);
    await b.query('COMMIT');
  },
  'one after the other, each in one message with its COMMIT': async (one, other) => {
    await a.query(`${one}; COMMIT`);
    await b.query(`${other}; COMMIT`);
  },
  'one after the other, the first outside of a transaction': async (one, other) => {
    await a.query('COMMIT');
    await a.query(one);
    await b.query(other);
    await b.query('COMMIT');
  },
};

describe.each(Object.keys(meetings))('%s', (meeting) => {
  it.each(pairs)('%s and %s conflict as the matrix says', async (first, second) => {
    await a.query('DELETE FROM part');
    await a.query('DELETE FROM item');
    if (first !== 'INSERT') await a.query('INSERT INTO item VALUES (1, 10, 0)');
    for (const client of [a, b]) {
      await client.query('BEGIN');
      await client.query('SELECT count(*) FROM item');
    }
    const outcome = await meetings[meeting]?.(operations[first], operations[second]).then(
      () => 'both committed',
      (error: unknown) => error,
    );
    await Promise.all([a.query('ROLLBACK'), b.query('ROLLBACK')]);
    if (conflicts(first, second)) expect(outcome).toMatchObject(oc000);
    else expect(outcome).toBe('both committed');
  });
});

describe('a key that is removed', () => {
  it.each([
    ['INSERT', 'INSERT INTO item VALUES (1, 10, 1)'],
    ['INSERT that ignores conflicts', 'INSERT INTO item VALUES (1, 10, 1) ON CONFLICT DO NOTHING'],
    ['UPDATE to it', 'UPDATE item SET id = 1 WHERE id = 3'],
  ])('conflicts with an %s on an older snapshot', async (_, sql) => {
    await a.query('DELETE FROM part');
    await a.query('DELETE FROM item');
    await a.query('INSERT INTO item VALUES (1, 10, 0), (3, 30, 0)');
    await b.query('BEGIN');
    await b.query('SELECT FROM item');
    await a.query('DELETE FROM item WHERE id = 1');
    const lost = b.query(sql).then(() => b.query('COMMIT'));
    await expect(lost).rejects.toMatchObject({ code: '40001' });
    await b.query('ROLLBACK');
  });
});

describe('a violation of a key that the snapshot shows', () => {
  it.each([
    ['a unique key', 'INSERT INTO item VALUES (1, 11, 1)', '23505'],
    ['a foreign key', 'DELETE FROM item WHERE id = 1', '23503'],
  ])('is no conflict: %s', async (_, sql, code) => {
    await a.query('DELETE FROM part');
    await a.query('DELETE FROM item');
    await a.query('INSERT INTO item VALUES (1, 10, 0)');
    await a.query('INSERT INTO part VALUES (1)');
    await b.query('BEGIN');
    await b.query('SELECT FROM item');
    await a.query('INSERT INTO item VALUES (2, 20, 0)');
    await a.query('INSERT INTO part VALUES (2)');
    await expect(b.query(sql)).rejects.toMatchObject({ code });
    await b.query('ROLLBACK');
  });
});
