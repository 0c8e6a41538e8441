import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  json,
  query,
  statement,
  type Transactions,
} from '../../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../../support/dsql.ts';
import { poolOf, transactionsOn } from '../../../../support/dsql-adapter.ts';

let dsql: TestDsql;
let pool: ConnectionPool;
let transactions: Transactions;

beforeAll(async () => {
  dsql = await testDsql();
  const admin = await dsql.adminConnection();
  await admin.query('CREATE TABLE marks (id text PRIMARY KEY, at timestamptz, doc jsonb)');
  pool = poolOf(dsql);
  transactions = transactionsOn(pool);
});

afterAll(async () => {
  await pool.close();
  await dsql.stop();
});

const unique = (): string => crypto.randomUUID();

const insert = (id: string, at: unknown, doc: unknown = null) =>
  statement('INSERT INTO marks VALUES ($1, $2, $3) RETURNING id', id, at, doc);

const rowOf = async (id: string) => {
  const one = statement('SELECT at, doc FROM marks WHERE id = $1', id);
  return (await query(pool, one, { writes: false })).rows[0];
};

describe('a statement of a transaction', () => {
  it.each(['write', 'read'] as const)(
    'is sent with the values that tx.%s was given, whatever becomes of them',
    async (way) => {
      const ids = [unique(), unique(), unique()];
      const at = new Date(0);
      const doc = { tags: [] as string[] };
      await transactions.run(async (tx) => {
        for (const id of ids) {
          tx[way](insert(id, at, way === 'write' ? doc : json(doc)));
          at.setTime(at.getTime() + 1_000);
          doc.tags.push('later');
        }
      });
      const rows = await Promise.all(ids.map(rowOf));
      expect(rows).toEqual([
        { at: new Date(0), doc: { tags: [] } },
        { at: new Date(1_000), doc: { tags: ['later'] } },
        { at: new Date(2_000), doc: { tags: ['later', 'later'] } },
      ]);
    },
  );

  it('is refused where it is queued, if a parameter cannot be sent', async () => {
    const [kept, refused] = [unique(), unique()];
    await transactions.run(async (tx) => {
      tx.write(insert(kept, null));
      expect(() => tx.write(insert(refused, undefined))).toThrow(/^Parameter \$2 is undefined/);
    });
    expect(await rowOf(kept)).toEqual({ at: null, doc: null });
    expect(await rowOf(refused)).toBeUndefined();
  });

  it('that nobody awaits undoes the others, if it is refused', async () => {
    const id = unique();
    const running = transactions.run(async (tx) => {
      tx.write(insert(id, null));
      void tx.read(insert(unique(), undefined));
    });
    await expect(running).rejects.toThrow(/^Parameter \$2 is undefined/);
    expect(await rowOf(id)).toBeUndefined();
  });

  it('is not tried again, if a value fails to convert itself', async () => {
    let attempts = 0;
    const failing = {
      toPostgres: () => {
        throw new Error('no text');
      },
    };
    const running = transactions.run(async (tx) => {
      attempts += 1;
      await tx.read(insert(unique(), failing));
    });
    await expect(running).rejects.toThrow(
      /^Parameter \$2 is an object whose toPostgres has failed/,
    );
    expect(attempts).toBe(1);
  });
});
