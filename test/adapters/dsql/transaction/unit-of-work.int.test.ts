import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import {
  type ConnectionPool,
  type DsqlRepository,
  query,
  statement,
} from '../../../../src/adapters/dsql/index.ts';
import {
  addTo,
  type CounterQuery,
  type CounterState,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
  setTo,
} from '../../../support/counter.ts';
import { counterValue, testCounters } from '../../../support/counter-database.ts';
import { beforeCommit } from '../../../support/counter-subject.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../../support/flight-counter.ts';

let dsql: TestDsql;
let wire: FlightCounter;
let direct: ConnectionPool;
let connections: ConnectionPool;

beforeAll(async () => {
  dsql = await testCounters();
  direct = poolOf(dsql);
  wire = await countFlights(dsql.port);
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  connections = poolOf(dsql, { at });
  await connections.warmUp();
});

afterEach(() => wire.release());

afterAll(async () => {
  await Promise.all([connections.close(), direct.close()]);
  await wire.stop();
  await dsql.stop();
});

const counterOf = (name: string, seenBy = direct) => counterValue(seenBy, name);

const eventsOf = async (name: string): Promise<number> => {
  const one = statement(`SELECT envelope FROM ${schema}.outbox`);
  const { rows } = await query(direct, one, { writes: false });
  return rows.filter((row) => JSON.parse(String(row['envelope'])).subject === name).length;
};

const execute = (
  work: ReturnType<typeof counterWork>,
  repository: DsqlRepository<CounterQuery, CounterState> = dsqlCounters,
) => unitOfWorkOn(connections, repository, schema).unitOfWork.execute(work);

/** Cuts the wire at the first flight that writes. */
const cutting = (when: 'request' | 'answer'): typeof dsqlCounters => {
  let cut = false;
  return {
    ...dsqlCounters,
    save: (state) => {
      if (!cut) wire.cutNext(when);
      cut = true;
      return dsqlCounters.save(state);
    },
  };
};

const unique = () => `counter-${crypto.randomUUID()}`;

describe('a unit of work on DSQL', () => {
  for (const reads of [false, true]) {
    const how = reads ? 'with reads' : 'without reads';
    const work = (name: string) =>
      counterWork(addTo(name, 5), reads ? { load: { names: [name] } } : {});
    const commitFlight = reads ? 1 : 0;

    it(`takes effect once ${how} when the answer to COMMIT is lost`, async () => {
      const name = unique();
      expect((await execute(work(name), cutting('answer'))).status).toBe('replayed');
      expect(await counterOf(name)).toBe(5);
      expect(await eventsOf(name)).toBe(1);
    });

    it(`takes effect once ${how} when COMMIT is lost on its way`, async () => {
      const name = unique();
      expect((await execute(work(name), cutting('request'))).status).toBe('committed');
      expect(await counterOf(name)).toBe(5);
      expect(await eventsOf(name)).toBe(1);
    });

    it(`says that the outcome is unknown ${how} when COMMIT is not answered in time`, async () => {
      const name = unique();
      await connections.warmUp();
      wire.holdAfter(commitFlight);
      const deadline = Date.now() + 300;
      await expect(execute({ ...work(name), deadline })).rejects.toMatchObject({
        kind: 'OutcomeUnknown',
        retryable: true,
      });
      wire.release();
      expect((await execute(work(name))).status).toBe('committed');
    });
  }

  it('saves nothing when one of its statements fails', async () => {
    const name = unique();
    const repository = {
      ...dsqlCounters,
      save: (state: CounterState) => [...dsqlCounters.save(state), statement('SELECT 1 / 0')],
    };
    await expect(execute(counterWork(setTo(name, 1)), repository)).rejects.toMatchObject({
      kind: 'InvariantViolation',
    });
    expect(await counterOf(name)).toBeUndefined();
    expect(await eventsOf(name)).toBe(0);
    expect((await execute(counterWork(setTo(name, 2)))).status).toBe('committed');
  });

  it.each([false, true])(
    'sends nothing when a parameter cannot be sent (reads: %s)',
    async (reads) => {
      const name = unique();
      const load = { names: [name] };
      const repository = {
        ...dsqlCounters,
        save: (state: CounterState) => [
          ...dsqlCounters.save(state),
          statement('SELECT $1', () => 1),
        ],
      };
      await expect(
        execute(counterWork(addTo(name, 1), reads ? { load } : {}), repository),
      ).rejects.toMatchObject({
        kind: 'InvariantViolation',
      });
      expect(await counterOf(name)).toBeUndefined();
      // A transaction that was left open would hide what has been committed since.
      await query(direct, statement(`INSERT INTO ${schema}.counters VALUES ($1, 7)`, name), {
        writes: true,
      });
      expect(await counterOf(name, connections)).toBe(7);
    },
  );

  it.each([true, false])('sends no COMMIT after its deadline (reads: %s)', async (reads) => {
    const name = unique();
    const deadline = Date.now() + 300;
    const late = (state: CounterState) => {
      while (Date.now() < deadline);
      return addTo(name, 1)(state);
    };
    const load = { names: [name] };
    const work = { ...counterWork(late, reads ? { load } : {}), deadline };
    await expect(execute(work)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(await counterOf(name)).toBeUndefined();
  });

  it('refuses more rows than DSQL takes before any of them is sent', async () => {
    const repository: typeof dsqlCounters = {
      ...dsqlCounters,
      save: () =>
        Array.from({ length: 3_000 }, (_, value) =>
          statement(`INSERT INTO ${schema}.counters (name, value) VALUES ($1, 0)`, String(value)),
        ),
    };
    wire.reset();
    await expect(execute(counterWork(setTo(unique(), 1)), repository)).rejects.toMatchObject({
      kind: 'InvalidInput',
      message: expect.stringContaining('at least 3002 rows'),
    });
    expect(wire.flights()).toBe(0);
  });

  /** Inserts, and refuses what exists. */
  const inserting: typeof dsqlCounters = {
    ...dsqlCounters,
    save: ({ counters }) =>
      Object.keys(counters).map((key) =>
        statement(`INSERT INTO ${schema}.counters (name, value) VALUES ($1, 0)`, key),
      ),
    refusalOf: (constraint) =>
      constraint === 'counters_pkey'
        ? { accepted: false, code: 'Exists', message: 'It exists' }
        : undefined,
  };

  it("answers a violation of the context's own constraint with its refusal", async () => {
    const name = unique();
    await execute(counterWork(setTo(name, 1)), inserting);
    expect(await execute(counterWork(setTo(name, 1)), inserting)).toMatchObject({
      status: 'refused',
      refusal: { code: 'Exists' },
    });
  });

  it('replays what another process has committed since its reads, and does not refuse it', async () => {
    const name = unique();
    const work = counterWork(addTo(name, 1), { load: { names: [name] } });
    let overtaken = false;
    const pool = beforeCommit(direct, async () => {
      if (!overtaken) expect((await execute(work, inserting)).status).toBe('committed');
      overtaken = true;
    });
    const { unitOfWork } = unitOfWorkOn(pool, inserting, schema);
    expect(await unitOfWork.execute(work)).toEqual({ status: 'replayed', result: { value: 1 } });
    expect(overtaken).toBe(true);
    expect(await eventsOf(name)).toBe(1);
  });

  for (const reads of [false, true]) {
    it(`executes nothing when its BEGIN fails (reads: ${reads})`, async () => {
      const name = unique();
      const failing = (connection: Connection): Connection => ({
        ...connection,
        flight: ([first, ...others], deadline) => {
          const begins = first?.sql.startsWith('BEGIN') === true;
          const replaced = begins ? statement('SELECT 1 / 0') : first;
          return connection.flight([...(replaced ? [replaced] : []), ...others], deadline);
        },
      });
      const broken = poolOf(dsql, { open: async (openReal) => failing(await openReal()) });
      const { unitOfWork } = unitOfWorkOn(broken, dsqlCounters, schema);
      const work = counterWork(addTo(name, 1), reads ? { load: { names: [name] } } : {});
      await expect(unitOfWork.execute(work)).rejects.toMatchObject({ kind: 'InvariantViolation' });
      expect(await counterOf(name)).toBeUndefined();
      expect(await eventsOf(name)).toBe(0);
      await broken.close();
    });
  }

  it('tells a key that exists from one that has just come to exist: it tries twice', async () => {
    const name = unique();
    let attempts = 0;
    const repository: typeof dsqlCounters = {
      ...dsqlCounters,
      save: () => {
        attempts += 1;
        return [statement(`INSERT INTO ${schema}.counters (name, value) VALUES ($1, 0)`, name)];
      },
    };
    await execute(counterWork(setTo(name, 1)));
    await expect(execute(counterWork(setTo(name, 1)), repository)).rejects.toMatchObject({
      kind: 'InvariantViolation',
    });
    expect(attempts).toBe(2);
  });
});
