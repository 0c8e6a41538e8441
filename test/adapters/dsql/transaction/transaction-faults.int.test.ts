import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  createTransactions,
  statement,
  type Transactions,
} from '../../../../src/adapters/dsql/index.ts';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier, OutcomeUnknown } from '../../../../src/domain/kernel/index.ts';
import {
  addTo,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
} from '../../../support/counter.ts';
import { counterValue, testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf, transactionsOn, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { type FlightFault, faultyPool, flightFaults } from '../../../support/faulty-connection.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

let dsql: TestDsql;
let direct: ConnectionPool;

beforeAll(async () => {
  dsql = await testCounters();
  direct = poolOf(dsql);
});

afterAll(async () => {
  await direct.close();
  await dsql.stop();
});

const select = (name: string) =>
  statement(`SELECT value::int AS value FROM ${schema}.counters WHERE name = $1`, name);

const committedValue = (name: string) => counterValue(direct, name);

const add = (name: string, amount: number) =>
  statement(
    `INSERT INTO ${schema}.counters AS c (name, value) VALUES ($1, $2)
      ON CONFLICT (name) DO UPDATE SET value = c.value + $2`,
    name,
    amount,
  );

/** Adds 5 to a counter under a key that is inserted with it, as often as it is called. */
const keyed = (transactions: Transactions, name: string, key: string) =>
  transactions.run(
    async (tx) => {
      const [done] = await tx.read(select(key));
      if (done) return;
      tx.write(statement(`INSERT INTO ${schema}.counters (name, value) VALUES ($1, 0)`, key));
      tx.write(add(name, 5));
    },
    { keyed: true },
  );

type Kind = {
  readonly name: string;
  /** Whether it may be run again after a COMMIT of which nothing is known. */
  readonly keyed: boolean;
  readonly flights: readonly string[];
  readonly run: (pool: ConnectionPool, counter: string) => Promise<unknown>;
};

const work = (counter: string, reads: boolean) =>
  counterWork(addTo(counter, 5), reads ? { load: { names: [counter] } } : {});

const kinds: readonly Kind[] = [
  {
    name: 'a unit of work without reads',
    keyed: true,
    flights: ['BEGIN SELECT INSERT INSERT INSERT COMMIT'],
    run: (pool, counter) =>
      unitOfWorkOn(pool, dsqlCounters, schema).unitOfWork.execute(work(counter, false)),
  },
  {
    name: 'a unit of work with reads',
    keyed: true,
    flights: ['BEGIN SELECT SELECT', 'INSERT INSERT INSERT COMMIT'],
    run: (pool, counter) =>
      unitOfWorkOn(pool, dsqlCounters, schema).unitOfWork.execute(work(counter, true)),
  },
  {
    name: 'a transaction with a key',
    keyed: true,
    flights: ['BEGIN SELECT', 'INSERT INSERT COMMIT'],
    run: (pool, counter) => keyed(transactionsOn(pool), counter, crypto.randomUUID()),
  },
  {
    name: 'a transaction without a key',
    keyed: false,
    flights: ['BEGIN SELECT', 'INSERT SELECT', 'COMMIT'],
    run: (pool, counter) =>
      transactionsOn(pool).run(async (tx) => {
        await tx.read(select(counter));
        tx.write(add(counter, 5));
        await tx.read(select(counter));
      }),
  },
  {
    name: 'a transaction that only writes',
    keyed: false,
    flights: ['BEGIN INSERT COMMIT'],
    run: (pool, counter) => transactionsOn(pool).run(async (tx) => tx.write(add(counter, 5))),
  },
];

const unique = () => `counter-${crypto.randomUUID()}`;

/**
 * Runs work whose flights meet these faults; what it came to, and what is left in the database at
 * the end.
 */
const meeting = async (kind: Kind, faults: readonly (FlightFault | undefined)[]) => {
  const { pool, flights, landed } = faultyPool(dsql, (flight) => faults[flight]);
  const counter = unique();
  const outcome = await kind.run(pool, counter).then(
    () => 'done' as const,
    (error: unknown) => error,
  );
  await landed();
  await pool.close();
  return { outcome, value: await committedValue(counter), flights: flights() };
};

describe.each(kinds)('$name', (kind) => {
  it(`waits for ${kind.flights.length} flights`, async () => {
    const { outcome, value, flights } = await meeting(kind, []);
    expect(outcome).toBe('done');
    expect(value).toBe(5);
    expect(flights).toEqual(kind.flights);
  });

  for (const [flight, words] of kind.flights.entries()) {
    it.each(flightFaults)(`takes effect once when "${words}" meets a %s`, async (fault) => {
      const faults = [...kind.flights.slice(0, flight).map(() => undefined), fault];
      const { outcome, value } = await meeting(kind, faults);
      const isLost = fault !== 'conflict' && words.endsWith('COMMIT');
      if (!kind.keyed && isLost) {
        expect(outcome).toBeInstanceOf(OutcomeUnknown);
        expect(value).toBe(fault === 'lost request' ? undefined : 5);
      } else {
        expect(outcome).toBe('done');
        expect(value).toBe(5);
      }
    });
  }

  it('takes effect once whatever meets its flights one after the other', async () => {
    const fault = fc.option(fc.constantFrom(...flightFaults), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { maxLength: 5 }), async (faults) => {
        const { outcome, value } = await meeting(kind, faults);
        if (kind.keyed || outcome === 'done') {
          expect(outcome).toBe('done');
          expect(value).toBe(5);
        } else {
          expect(outcome).toBeInstanceOf(OutcomeUnknown);
          expect([undefined, 5]).toContain(value);
        }
      }),
      { numRuns: 20, endOnFailure: true },
    );
  });
});

describe.each(kinds)('$name', (kind) => {
  it('fails when COMMIT is answered with ROLLBACK', async () => {
    const undoing = (real: Connection): Connection => ({
      ...real,
      flight: (statements, deadline) =>
        real.flight(
          statements.map((one) => (one.sql === 'COMMIT' ? statement('ROLLBACK') : one)),
          deadline,
        ),
    });
    const pool = poolOf(dsql, { open: async (openReal) => undoing(await openReal()) });
    const counter = unique();
    await expect(kind.run(pool, counter)).rejects.toMatchObject({ kind: 'InvariantViolation' });
    expect(await committedValue(counter)).toBeUndefined();
    await pool.close();
  });
});

describe('limits', () => {
  const tooLong = 'x'.repeat(6 * 2 ** 20);

  it.each(kinds.slice(0, 2))('are refused before $name sends its writes', async (kind) => {
    const { pool, flights } = faultyPool(dsql);
    const repository: typeof dsqlCounters = {
      ...dsqlCounters,
      save: () => [statement('INSERT $1', tooLong), statement('UPDATE $1', tooLong)],
    };
    const { unitOfWork } = unitOfWorkOn(pool, repository, schema);
    const reads = kind.flights.length > 1;
    const run = unitOfWork.execute(work(unique(), reads));
    await expect(run).rejects.toMatchObject({ kind: 'InvalidInput' });
    expect(flights()).toEqual(reads ? kind.flights.slice(0, 1) : []);
    await pool.close();
  });

  it('of rows count the events of a unit of work', async () => {
    const { unitOfWork } = unitOfWorkOn(direct, dsqlCounters, schema);
    const counter = unique();
    const decision = addTo(counter, 5)({ counters: {} });
    if (!decision.accepted) throw new Error('refused');
    const events = Array.from({ length: 3_000 }, () => decision.events).flat();
    const run = unitOfWork.execute(counterWork(() => ({ ...decision, events })));
    await expect(run).rejects.toThrow('at least 3001 rows');
    expect(await committedValue(counter)).toBeUndefined();
  });

  it('of age begin a new transaction', async () => {
    // Connections keep their deadlines by the real one.
    const clock = manualClock(Date.now());
    const { pool, flights } = faultyPool(dsql);
    const retrier = createRetrier({ clock, random: always(0.5), metrics: createMemoryMetrics() });
    const transactions = createTransactions({ connections: pool, retrier, clock });
    const counter = unique();
    const deadline = clock.now() + 3_600_000;
    const attempts = await transactions.run(
      async (tx) => {
        await tx.read(select(counter));
        if (tx.attempt === 1) clock.advance(296_000);
        tx.write(add(counter, 5));
        return tx.attempt;
      },
      { deadline },
    );
    expect(attempts).toBe(2);
    expect(flights()).toEqual(['BEGIN SELECT', 'BEGIN SELECT', 'INSERT COMMIT']);
    expect(await committedValue(counter)).toBe(5);
    await pool.close();
  });
});

describe('a transaction', () => {
  const flightsOf = async (
    run: (transactions: Transactions, counter: string) => Promise<unknown>,
  ) => {
    const { pool, flights } = faultyPool(dsql);
    await run(transactionsOn(pool), unique());
    await pool.close();
    return flights();
  };

  it('lets what is read in one tick share a flight', async () => {
    const flights = await flightsOf((transactions, counter) =>
      transactions.run(async (tx) => {
        await Promise.all([tx.read(select(counter)), tx.read(select(unique()))]);
        tx.write(add(counter, 1));
        await Promise.all([tx.read(select(counter)), tx.read(select(unique()))]);
        tx.write(add(counter, 1));
      }),
    );
    expect(flights).toEqual(['BEGIN SELECT SELECT', 'INSERT SELECT SELECT', 'INSERT COMMIT']);
  });

  it('keeps for the next flight what is asked for while one is under way', async () => {
    const flights = await flightsOf((transactions, counter) =>
      transactions.run(async (tx) => {
        const first = tx.read(select(counter));
        await Promise.resolve().then(() => Promise.resolve());
        await Promise.all([first, tx.read(select(counter)), tx.read(select(counter))]);
      }),
    );
    expect(flights).toEqual(['BEGIN SELECT', 'SELECT SELECT', 'COMMIT']);
  });

  it('waits for nothing but its reads when it only reads', async () => {
    const read = (transactions: Transactions, counter: string) =>
      transactions.run((tx) => tx.read(select(counter)), { readOnly: true });
    expect(await flightsOf(read)).toEqual(['BEGIN SELECT']);
  });

  it('sends nothing for work that asks for nothing', async () => {
    expect(await flightsOf((transactions) => transactions.run(async () => 1))).toEqual([]);
  });

  it('does not wait for the end of one that only reads, and lets the next one begin behind it', async () => {
    const flights = await flightsOf(async (transactions, counter) => {
      await transactions.run((tx) => tx.read(select(counter)), { readOnly: true });
      await transactions.run(async (tx) => tx.write(add(counter, 1)));
      expect(await committedValue(counter)).toBe(1);
    });
    expect(flights).toEqual(['BEGIN SELECT', 'BEGIN INSERT COMMIT']);
  });
});
