import { Kysely } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createTransactions,
  DsqlDialect,
  pipeline,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import { addTo, counterSchema, counterWork, dsqlCounters } from '../../../support/counter.ts';
import { testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { migrate, poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../../support/flight-counter.ts';

type Tables = { readonly 'limits.notes': { readonly id: string } };

const limitMs = 250;

let dsql: TestDsql;
let wire: FlightCounter;
let connections: ConnectionPool;
let db: Kysely<Tables>;

beforeAll(async () => {
  dsql = await testCounters();
  const direct = poolOf(dsql);
  const ddl = 'CREATE TABLE IF NOT EXISTS limits.notes (id text PRIMARY KEY)';
  await migrate(direct, 'limits', [{ id: 'notes', ddl }]);
  await direct.close();
});

beforeEach(async () => {
  wire = await countFlights(dsql.port);
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  connections = poolOf(dsql, { at });
  await connections.warmUp();
  db = new Kysely<Tables>({ dialect: new DsqlDialect({ connections, statementMsMax: limitMs }) });
  // With time enough: the limit is for what the test does.
  await query(connections, statement('SELECT 1'), { writes: false });
  wire.reset();
});

afterEach(async () => {
  wire.release();
  await connections.close();
  await wire.stop();
});

afterAll(() => dsql.stop());

const insert = (on: Kysely<Tables>) =>
  on.insertInto('limits.notes').values({ id: crypto.randomUUID() });

const select = (on: Kysely<Tables>) => on.selectFrom('limits.notes').selectAll();

const soon = () => Date.now() + limitMs;

const work = (deadline: number) =>
  unitOfWorkOn(connections, dsqlCounters, counterSchema).unitOfWork.execute({
    ...counterWork(addTo(crypto.randomUUID(), 1), { load: { names: ['a'] } }),
    deadline,
  });

const insertRow = statement('INSERT INTO limits.notes VALUES ($1)', 'of query');

const transactions = () => createTransactions({ connections });

/** How the answer is held back, how many flights before it are answered, and what is said of it. */
const cases: readonly (readonly [
  string,
  number,
  () => Promise<unknown>,
  'Unavailable' | 'OutcomeUnknown',
  string,
])[] = [
  ['a query', 0, () => select(db).execute(), 'Unavailable', 'statementMsMax'],
  ['a write', 0, () => insert(db).execute(), 'OutcomeUnknown', 'statementMsMax'],
  ['a pipeline', 0, () => pipeline(db, [insert(db)]), 'OutcomeUnknown', 'statementMsMax'],
  [
    'a statement of a transaction',
    1,
    () =>
      db.transaction().execute(async (trx) => {
        await select(trx).execute();
        await insert(trx).execute();
      }),
    'Unavailable',
    'statementMsMax',
  ],
  [
    'COMMIT of a transaction',
    1,
    () => db.transaction().execute((trx) => insert(trx).execute()),
    'OutcomeUnknown',
    'statementMsMax',
  ],
  [
    'COMMIT of a controlled transaction',
    1,
    async () => {
      const trx = await db.startTransaction().execute();
      await insert(trx).execute();
      await trx.commit().execute();
    },
    'OutcomeUnknown',
    'statementMsMax',
  ],
  [
    'a read of transactions.run',
    0,
    () => transactions().run((tx) => tx.read(select(db)), { deadline: soon() }),
    'Unavailable',
    '"deadline" of transactions.run',
  ],
  [
    'COMMIT of transactions.run',
    0,
    () => transactions().run(async (tx) => tx.write(insert(db)), { deadline: soon() }),
    'OutcomeUnknown',
    '"deadline" of transactions.run',
  ],
  [
    'query that writes',
    0,
    () => query(connections, insertRow, { writes: true, deadline: soon() }),
    'OutcomeUnknown',
    '"deadline" of query',
  ],
  [
    'query that reads',
    0,
    () => query(connections, statement('SELECT 1'), { writes: false, deadline: soon() }),
    'Unavailable',
    '"deadline" of query',
  ],
  ['the reads of a unit of work', 0, () => work(soon()), 'Unavailable', '"deadline" of the work'],
  ['its COMMIT', 1, () => work(soon()), 'OutcomeUnknown', '"deadline" of the work'],
];

describe('a statement that is not answered in time', () => {
  it.each(cases)(
    'is told with its limit and the option: %s',
    async (_, before, run, kind, option) => {
      wire.holdAfter(before);
      const fault = await run().then(
        () => undefined,
        (error: unknown) => error as Error,
      );
      expect(fault).toMatchObject({ kind });
      expect(fault?.message).toContain(option);
      expect(fault?.message).not.toMatch(/Connection (lost|terminated)|No connection/);
      if (option === 'statementMsMax') expect(fault?.message).toContain(`${limitMs} ms`);
    },
  );

  it('leaves the pool usable', async () => {
    wire.holdAfter(0);
    await expect(select(db).execute()).rejects.toMatchObject({ kind: 'Unavailable' });
    wire.release();
    wire.holdAfter(Number.POSITIVE_INFINITY);
    // A new connection may take longer than the limit on a busy machine: a query comes through in
    // the end.
    const answers = () =>
      select(db)
        .execute()
        .then(
          () => true,
          () => false,
        );
    await expect.poll(answers).toBe(true);
  });
});

describe('a connection that does not come in time', () => {
  it('is told with the limit and the options that change it', async () => {
    const dialect = new DsqlDialect({ connections, acquireMsMax: limitMs });
    const waiting = new Kysely<Tables>({ dialect });
    await connections.use(async () => {
      await expect(select(waiting).execute()).rejects.toThrow(
        /"acquireMsMax" of DsqlDialect sets the limit of 250 ms, "size"/,
      );
    });
  });

  it('is told with the limit of TCP, TLS and authentication', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, 'localhost', resolve));
    const { port } = silent.address() as { readonly port: number };
    const { ca, credentials, region } = dsql;
    const dialect = new DsqlDialect({
      ...{ endpoint: `localhost:${port}`, region, ca, credentials, user: 'admin' },
      connectMsMax: 100,
      acquireMsMax: 1_000,
    });
    const silenced = new Kysely<Tables>({ dialect });
    await expect(select(silenced).execute()).rejects.toThrow(
      /no connection within \d+ ms, "connectMsMax" sets the limit of 100 ms/,
    );
    silent.close();
  });
});
