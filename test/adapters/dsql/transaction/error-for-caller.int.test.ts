import { Kysely, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  DsqlDialect,
  type DsqlRepository,
  pipeline,
  query,
  type Row,
  type Statement,
  statement,
  type Transactions,
  template,
} from '../../../../src/adapters/dsql/index.ts';
import {
  type CounterQuery,
  type CounterState,
  counterSchema,
  counterWork,
  dsqlCounters,
  setTo,
} from '../../../support/counter.ts';
import { testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf, transactionsOn, unitOfWorkOn } from '../../../support/dsql-adapter.ts';

type Tables = { readonly 'counting.counters': { readonly name: string; readonly value: string } };

let dsql: TestDsql;
let connections: ConnectionPool;
let transactions: Transactions;
let db: Kysely<Tables>;

beforeAll(async () => {
  dsql = await testCounters();
  connections = poolOf(dsql);
  transactions = transactionsOn(connections);
  db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections }) });
});

afterAll(async () => {
  await db.destroy();
  await dsql.stop();
});

const wrong = statement('SELECT missing FROM counting.counters');

const wrongQuery = () => db.selectFrom('counting.counters').select(sql`missing`.as('missing'));

const wrongTemplate = template(({ name }: { name: string }) =>
  wrongQuery().where('name', '=', name),
);

const execute = (
  change: Partial<DsqlRepository<CounterQuery, CounterState>>,
  work: Parameters<typeof counterWork>[1] = {},
) => {
  const repository = { ...dsqlCounters, ...change };
  const { unitOfWork } = unitOfWorkOn(connections, repository, counterSchema);
  return unitOfWork.execute(counterWork(setTo('a', 1), work));
};

const load = { load: { names: ['a'] } };
const wrongLoad = (one: () => Statement<Row>) => ({ load: () => [one()] });

/** Each way to a statement that the server refuses. */
const ways: Readonly<Record<string, () => Promise<unknown>>> = {
  'a query of Kysely': () => wrongQuery().execute(),
  'the first row of a query of Kysely': () => wrongQuery().executeTakeFirst(),
  'raw SQL of Kysely': () => sql`SELECT missing`.execute(db),
  'pipeline by itself': () => pipeline(db, [wrongQuery(), wrongQuery()]),
  'query by itself': () => query(connections, wrong, { writes: false }),
  'a template by itself': () => query(connections, wrongTemplate({ name: 'a' }), { writes: false }),
  'a query in the loads of a unit of work': () => execute({ load: () => [wrongQuery()] }, load),
  'a template in the loads of a unit of work': () =>
    execute(
      wrongLoad(() => wrongTemplate({ name: 'a' })),
      load,
    ),
  'a write of a unit of work': () => execute({ save: () => [wrong] }),
  'a write of a unit of work that has read': () => execute({ save: () => [wrong] }, load),
  'a write of a transaction': () =>
    transactions.run(async (tx) => {
      tx.write(wrong);
    }),
  'a read that a transaction does not await': () =>
    transactions.run(async (tx) => {
      void tx.read(wrong);
    }),
};

/** Its own frame must be in the stack of what it throws. */
const callerOutside = async (way: () => Promise<unknown>): Promise<unknown> => {
  try {
    return await way();
  } catch (error) {
    return error;
  }
};

/** Each way inside of a function that is given to the adapter. */
const waysInside: Readonly<Record<string, (caller: Inside) => Promise<unknown>>> = {
  'tx.read': (caller) => transactions.run((tx) => caller(() => tx.read(wrong))),
  'tx.read of a query': (caller) => transactions.run((tx) => caller(() => tx.read(wrongQuery()))),
  'tx.read of a template': (caller) =>
    transactions.run((tx) => caller(() => tx.read(wrongTemplate({ name: 'a' })))),
  'several reads in one flight': (caller) =>
    transactions.run((tx) => caller(() => Promise.all([tx.read(wrong), tx.read(wrong)]))),
  'a second read of a transaction': (caller) =>
    transactions.run(async (tx) => {
      await tx.read(statement('SELECT 1'));
      return caller(() => tx.read(wrong));
    }),
  'a transaction of Kysely': (caller) =>
    db.transaction().execute((trx) => caller(() => sql`SELECT missing`.execute(trx))),
  'pipeline in a transaction of Kysely': (caller) =>
    db.transaction().execute((trx) => caller(() => pipeline(trx, [wrongQuery()]))),
};

type Inside = (way: () => Promise<unknown>) => Promise<unknown>;

const callerInside: Inside = async (way) => await way();

describe('the stack of a failed statement leads to its caller', () => {
  it.each(Object.keys(ways))('by way of %s', async (name) => {
    const error = await callerOutside(ways[name] as () => Promise<unknown>);
    expect(error).toMatchObject({
      code: '42703',
      stack: expect.stringMatching(/callerOutside .*error-for-caller\.int\.test\.ts/),
    });
  });

  it.each(Object.keys(waysInside))('by way of %s', async (name) => {
    const way = waysInside[name] as (caller: Inside) => Promise<unknown>;
    const error = await callerOutside(() => way(callerInside));
    expect(error).toMatchObject({
      code: '42703',
      stack: expect.stringMatching(/callerInside .*error-for-caller\.int\.test\.ts/),
    });
  });

  it('and names each frame once', async () => {
    const error = await callerOutside(() =>
      transactions.run((tx) => callerInside(() => tx.read(wrong))),
    );
    const frames = (error as Error).stack?.split('\n').slice(1) ?? [];
    expect(new Set(frames).size).toBe(frames.length);
  });
});

describe('a read that nobody awaits', () => {
  it('does not end the process when it fails, also where its transaction is ended', async () => {
    const unhandled: unknown[] = [];
    const listener = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', listener);
    const failing = transactions.run(async (tx) => {
      for (let count = 0; count < 3; count += 1) void tx.read(wrong);
    });
    await expect(failing).rejects.toMatchObject({ kind: 'InvariantViolation' });
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});
