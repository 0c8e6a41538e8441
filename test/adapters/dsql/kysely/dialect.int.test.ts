import { isAbortedTransactionError, Kysely, sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  DsqlDialect,
  pipeline,
  type Statement,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, poolOf } from '../../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../../support/flight-counter.ts';

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

  it('ends, also when COMMIT of a controlled transaction has met a conflict', async () => {
    const own = new Kysely<Tables>({ dialect: new DsqlDialect({ connections: poolOf(dsql) }) });
    const losing = await own.startTransaction().execute();
    await stockIn(losing);
    await setStock(losing, 15);
    await setStock(db, 16);
    await expect(losing.commit().execute()).rejects.toMatchObject({ kind: 'Conflict' });
    expect(await stockIn(own)).toBe(16);
    await own.destroy();
  });

  it('leads from an error to its query, and to the line that has asked for it', async () => {
    const failing = db.updateTable('shop.items').set({ stock: sql`missing` });
    const running = failing.where('id', '=', 'secret').execute();
    const error = await running.catch((thrown: unknown) => thrown as Error);
    expect(error).toMatchObject({
      message:
        'The database refused a statement: 42703, column "missing" does not exist, in: update "shop"."items" set "stock" = missing where "id" = $1',
      stack: expect.stringContaining(import.meta.filename),
    });
  });

  it('has one isolation level, and says so', async () => {
    const serializable = db.transaction().setIsolationLevel('serializable');
    await expect(serializable.execute(() => Promise.resolve())).rejects.toThrow(/isolation level/);
    expect(await stockIn(db)).toBe(5);
  });

  it('does not pretend to stream: there is no cursor', async () => {
    const stream = db.selectFrom('shop.items').selectAll().stream();
    await expect(stream[Symbol.asyncIterator]().next()).rejects.toThrow(/cursors.*pages/);
    expect(await stockIn(db)).toBe(5);
  });

  it('writes nothing in a transaction that may only read', async () => {
    const reading = db.transaction().setAccessMode('read only');
    expect(await reading.execute((transaction) => stockIn(transaction))).toBe(5);
    const writing = reading.execute((transaction) => setStock(transaction, 14));
    await expect(writing).rejects.toMatchObject({ cause: { code: '25006' } });
    expect(await stockIn(db)).toBe(5);
  });

  it('says of a write by itself that its outcome is unknown when the answer is lost', async () => {
    const wire = await countFlights(dsql.port);
    const behind = await behindWire(wire);
    wire.cutNext('answer');
    await expect(setStock(behind, 12)).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
    wire.cutNext('answer');
    await expect(stockIn(behind)).rejects.toMatchObject({ kind: 'Unavailable' });
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

/** Kysely on a connection that is open already, behind a wire that counts. */
const behindWire = async (wire: FlightCounter): Promise<Kysely<Tables>> => {
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  const connections = poolOf(dsql, { at });
  await connections.warmUp();
  const behind = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  await stockIn(behind);
  wire.reset();
  return behind;
};

describe("a transaction's flights", () => {
  let wire: FlightCounter;
  let behind: Kysely<Tables>;

  beforeAll(async () => {
    wire = await countFlights(dsql.port);
    behind = await behindWire(wire);
  });

  beforeEach(() => wire.reset());

  afterAll(async () => {
    await behind.destroy();
    await wire.stop();
  });

  it('are one less than its statements, BEGIN and COMMIT: BEGIN travels with the first', async () => {
    await behind.transaction().execute(async (transaction) => {
      await stockIn(transaction);
      await setStock(transaction, 6);
    });
    expect(wire.flights()).toBe(3);
    expect(await stockIn(db)).toBe(6);
  });

  it('are none when it has no statements', async () => {
    expect(await behind.transaction().execute(async () => 'nothing')).toBe('nothing');
    const failing = behind.transaction().execute(async () => {
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    expect(wire.flights()).toBe(0);
  });

  it('are one for what is sent together, and COMMIT', async () => {
    const stocks = await behind.transaction().execute(async (transaction) => {
      const [before, written, after] = await pipeline(transaction, [
        transaction.selectFrom('shop.items').select('stock'),
        transaction.updateTable('shop.items').set({ stock: 7 }),
        transaction.selectFrom('shop.items').select('stock'),
      ]);
      return [before.rows[0]?.stock, written.numAffectedRows, after.rows[0]?.stock];
    });
    expect(stocks).toEqual([5, 1n, 7]);
    expect(wire.flights()).toBe(2);
    expect(await stockIn(db)).toBe(7);
  });

  it('are one in all for queries that are sent together by themselves', async () => {
    await pipeline(behind, [
      behind.insertInto('shop.items').values({ id: 'pear', stock: 1 }),
      behind.updateTable('shop.items').set({ stock: 8 }).where('id', '=', 'apple'),
    ]);
    expect(wire.flights()).toBe(1);
    expect(await stockIn(db)).toBe(8);
  });

  it('end with a statement that fails: nothing of them remains, and the connection serves on', async () => {
    const together = pipeline(behind, [
      behind.updateTable('shop.items').set({ stock: 9 }),
      behind.insertInto('shop.items').values({ id: 'apple', stock: 1 }),
      behind.updateTable('shop.items').set({ stock: 10 }),
    ]);
    await expect(together).rejects.toMatchObject({ cause: { code: '23505' } });
    expect(await stockIn(behind)).toBe(5);
  });
});

describe('statement by statement, for a server that takes no pipeline', () => {
  let serial: Kysely<Tables>;

  beforeAll(() => {
    const connections = poolOf(dsql, { serial: true });
    serial = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
  });

  afterAll(() => serial.destroy());

  it('Kysely commits, rolls back, and leaves nothing behind as before', async () => {
    await serial.transaction().execute((transaction) => setStock(transaction, 30));
    expect(await stockIn(db)).toBe(30);
    const failing = serial.transaction().execute(async (transaction) => {
      await setStock(transaction, 31);
      await sql`SELECT 1 / 0`.execute(transaction).catch(() => undefined);
    });
    await expect(failing).rejects.toThrow(/rolled back.*22012/);
    await serial.connection().execute(async (connection) => {
      await sql`BEGIN`.execute(connection);
      await setStock(connection, 32);
    });
    expect(await stockIn(serial)).toBe(30);
    await pipeline(serial, [
      serial.updateTable('shop.items').set({ stock: 33 }),
      serial.updateTable('shop.items').set({ stock: 34 }),
    ]);
    expect(await stockIn(db)).toBe(34);
  });
});

describe('a transaction that has failed', () => {
  const divide = sql`SELECT 1 / 0`;

  it('refuses what comes after, without asking, and names the first failure', async () => {
    const wire = await countFlights(dsql.port);
    const behind = await behindWire(wire);
    const going = behind.transaction().execute(async (transaction) => {
      await stockIn(transaction);
      await divide.execute(transaction).catch(() => undefined);
      wire.reset();
      const after = setStock(transaction, 15);
      await expect(after).rejects.toThrow(/has failed before.*22012/);
      expect(wire.flights()).toBe(0);
    });
    await expect(going).rejects.toThrow(/rolled back.*22012/);
    await behind.destroy();
    await wire.stop();
  });

  it('is known to Kysely as aborted, so that nothing holds its connection', async () => {
    const transaction = await db.startTransaction().execute();
    await divide.execute(transaction).catch(() => undefined);
    const error: unknown = await transaction
      .commit()
      .execute()
      .catch((reason: unknown) => reason);
    expect(isAbortedTransactionError(error)).toBe(true);
    expect(transaction.isRolledBack).toBe(true);
    expect(await stockIn(db)).toBe(5);
  });

  it('though no statement has said so is told by the answer to COMMIT', async () => {
    const connections = poolOf(dsql, {
      open: async (openReal) => {
        const real = await openReal();
        const instead = (one: Statement) => (one.sql === 'COMMIT' ? statement('ROLLBACK') : one);
        return { ...real, flight: (all, deadline) => real.flight(all.map(instead), deadline) };
      },
    });
    const misled = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
    const transaction = misled.transaction().execute((within) => setStock(within, 25));
    await expect(transaction).rejects.toThrow(/rolled back: COMMIT was answered with ROLLBACK/);
    const together = pipeline(misled, [
      misled.updateTable('shop.items').set({ stock: 26 }),
      misled.updateTable('shop.items').set({ stock: 27 }),
    ]);
    await expect(together).rejects.toThrow(/COMMIT was answered with ROLLBACK/);
    expect(await stockIn(db)).toBe(5);
    await misled.destroy();
  });

  it('leaves nothing to the next one on its connection', async () => {
    const failing = db.transaction().execute(async (transaction) => {
      await setStock(transaction, 16);
      await divide.execute(transaction);
    });
    await expect(failing).rejects.toMatchObject({ kind: 'InvariantViolation' });
    await db.transaction().execute((transaction) => setStock(transaction, 17));
    expect(await stockIn(other)).toBe(17);
  });

  it('by a raw COMMIT in the middle is told, and does not commit what follows', async () => {
    const ended = db.transaction().execute(async (transaction) => {
      await setStock(transaction, 18);
      await sql`COMMIT`.execute(transaction).catch(() => undefined);
      await setStock(transaction, 19);
    });
    await expect(ended).rejects.toThrow(/has ended the transaction/);
    expect(await stockIn(other)).toBe(18);
  });

  it('that a raw BEGIN has left open is rolled back before somebody else has the connection', async () => {
    await db.connection().execute(async (connection) => {
      await sql`BEGIN`.execute(connection);
      await setStock(connection, 20);
    });
    await setStock(db, 21);
    expect(await stockIn(other)).toBe(21);
  });
});

describe('a conflict', () => {
  /** Fails the next flights with a conflict, instead of sending them. */
  const conflicting = () => {
    let remaining = 0;
    const connections = poolOf(dsql, {
      open: async (openReal) => {
        const real = await openReal();
        return {
          ...real,
          flight: async (...given) => {
            const isRollback = given[0][0]?.sql === 'ROLLBACK';
            if (remaining === 0 || isRollback) return real.flight(...given);
            remaining -= 1;
            const error = Object.assign(new Error('conflict (OC001)'), {
              code: '40001',
              severity: 'ERROR',
            });
            return { results: [], error };
          },
        };
      },
    });
    const dialect = new DsqlDialect({ connections, statementMsMax: 2_000 });
    const fail = (times: number) => {
      remaining = times;
    };
    return { db: new Kysely<Tables>({ dialect }), fail, left: () => remaining };
  };

  it('of a statement by itself is met by running it again', async () => {
    const { db: losing, fail, left } = conflicting();
    fail(5);
    expect((await setStock(losing, 22)).numUpdatedRows).toBe(1n);
    expect(left()).toBe(0);
    expect(await stockIn(other)).toBe(22);
    await losing.destroy();
  });

  it('of the first statement of a transaction is met by beginning again', async () => {
    const { db: losing, fail } = conflicting();
    fail(3);
    await losing.transaction().execute((transaction) => setStock(transaction, 23));
    expect(await stockIn(other)).toBe(23);
    await losing.destroy();
  });

  it('that does not end is told when the time of the statement is over', async () => {
    const { db: losing, fail } = conflicting();
    fail(Number.POSITIVE_INFINITY);
    const startedAt = Date.now();
    await expect(setStock(losing, 24)).rejects.toMatchObject({ kind: 'Conflict' });
    expect(Date.now() - startedAt).toBeLessThan(10_000);
    fail(0);
    expect(await stockIn(losing)).toBe(5);
    await losing.destroy();
  });

  it('between single statements of many clients fails none of them', async () => {
    const clients = Array.from({ length: 6 }, (_, index) => {
      const connections = poolOf(dsql, index % 2 === 0 ? {} : { at: dsql.peer });
      return new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
    });
    const increment = (client: Kysely<Tables>) =>
      client
        .updateTable('shop.items')
        .set(({ eb }) => ({ stock: eb('stock', '+', 1) }))
        .where('id', '=', 'apple')
        .execute();
    for (let round = 0; round < 5; round += 1) await Promise.all(clients.map(increment));
    expect(await stockIn(db)).toBe(5 + 5 * clients.length);
    await Promise.all(clients.map((client) => client.destroy()));
  });
});

describe('a query that is aborted', () => {
  it('while it waits for a connection gives up its place', async () => {
    const single = new Kysely<Tables>({ dialect: new DsqlDialect({ connections: poolOf(dsql) }) });
    const transaction = await single.startTransaction().execute();
    const waiting = single
      .selectFrom('shop.items')
      .selectAll()
      .execute({ signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
    await transaction.rollback().execute();
    expect(await stockIn(single)).toBe(5);
    await single.destroy();
  });

  it.each(['kill session', 'cancel query'] as const)(
    'is refused before it is sent where its abort is to %s: DSQL can do neither',
    async (inflightQueryAbortStrategy) => {
      const { signal } = new AbortController();
      const writing = db
        .updateTable('shop.items')
        .set({ stock: 6 })
        .where('id', '=', 'apple')
        .execute({ signal, inflightQueryAbortStrategy });
      await expect(writing).rejects.toThrow(`"${inflightQueryAbortStrategy}". Use "ignore query"`);
      expect(await stockIn(db)).toBe(5);
    },
  );
});
