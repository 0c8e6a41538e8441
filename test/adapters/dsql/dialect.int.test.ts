import { Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DsqlDialect } from '../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../support/dsql.ts';
import { migrate, poolOf } from '../../support/dsql-adapter.ts';
import { countFlights } from '../../support/flight-counter.ts';

type Tables = { readonly 'shop.items': { readonly id: string; readonly stock: number } };

const migrations = [
  {
    id: 'items',
    ddl: 'CREATE TABLE IF NOT EXISTS shop.items (id text PRIMARY KEY, stock integer NOT NULL)',
  },
];

let dsql: TestDsql;
let db: Kysely<Tables>;
let other: Kysely<Tables>;

beforeAll(async () => {
  dsql = await testDsql();
  const connections = poolOf(dsql);
  await migrate(connections, 'shop', migrations);
  db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  other = new Kysely<Tables>({
    dialect: new DsqlDialect({ connections: poolOf(dsql, { at: dsql.peer }) }),
  });
});

beforeEach(async () => {
  await db.deleteFrom('shop.items').execute();
  await db.insertInto('shop.items').values({ id: 'apple', stock: 5 }).execute();
});

afterAll(async () => {
  await Promise.all([db.destroy(), other.destroy()]);
  await dsql.stop();
});

const stockIn = async (where: Kysely<Tables>): Promise<number | undefined> => {
  const row = await where
    .selectFrom('shop.items')
    .select('stock')
    .where('id', '=', 'apple')
    .executeTakeFirst();
  return row?.stock;
};

const setStock = (where: Kysely<Tables>, stock: number) =>
  where.updateTable('shop.items').set({ stock }).where('id', '=', 'apple').executeTakeFirst();

describe('Kysely on DSQL', () => {
  it('counts the rows that a statement has changed', async () => {
    expect((await setStock(db, 6)).numUpdatedRows).toBe(1n);
  });

  it('commits a transaction, for both Regions to see', async () => {
    await db.transaction().execute((transaction) => setStock(transaction, 7));
    expect(await stockIn(other)).toBe(7);
  });

  it('rolls a transaction back whose function throws', async () => {
    const failing = db.transaction().execute(async (transaction) => {
      await setStock(transaction, 8);
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(await stockIn(db)).toBe(5);
  });

  it('does not report a transaction as committed whose failed statement was swallowed', async () => {
    const swallowing = db.transaction().execute(async (transaction) => {
      await setStock(transaction, 9);
      await sql`SELECT 1 / 0`.execute(transaction).catch(() => undefined);
    });
    await expect(swallowing).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(await stockIn(db)).toBe(5);
  });

  it('answers a conflict with a fault that may be retried', async () => {
    const losing = db.transaction().execute(async (transaction) => {
      await stockIn(transaction);
      await setStock(other, 10);
      await setStock(transaction, 11);
    });
    await expect(losing).rejects.toMatchObject({ kind: 'Conflict', retryable: true });
    expect(await stockIn(db)).toBe(10);
  });

  it('has one isolation level, no streams, and no migrations by Kysely', async () => {
    const serializable = db.transaction().setIsolationLevel('serializable');
    await expect(serializable.execute(() => Promise.resolve())).rejects.toThrow(/isolation level/);
    const stream = db.selectFrom('shop.items').selectAll().stream();
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/cursor/);
    expect(await stockIn(db)).toBe(5);
  });

  it('says of a write by itself that its outcome is unknown when the answer is lost', async () => {
    const wire = await countFlights(dsql.port);
    const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
    const connections = poolOf(dsql, { at });
    await connections.warmUp();
    const behind = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
    wire.cutNext('answer');
    await expect(setStock(behind, 12)).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    const inTransaction = behind.transaction().execute(async (transaction) => {
      await stockIn(transaction);
      wire.cutNext('answer');
      await setStock(transaction, 13);
    });
    await expect(inTransaction).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(await stockIn(db)).toBe(12);
    await behind.destroy();
    await wire.stop();
  });
});
