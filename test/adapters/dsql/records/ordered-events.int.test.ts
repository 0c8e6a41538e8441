import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlExpiredRecords,
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
} from '../../../../src/adapters/dsql/index.ts';
import {
  createDsqlOrderedEvents,
  orderedInsert,
} from '../../../../src/adapters/dsql/records/ordering/ordered-events.ts';
import { recordShardCount } from '../../../../src/domain/kernel/outbox/expired-records.ts';
import {
  type Committed,
  orderedTrialOf,
} from '../../../../src/testing/contracts/ordered/ordered-subject.ts';
import {
  type OrderedEventsSubject,
  type OrderedSide,
  orderedConsumersOf,
  orderedEventsContract,
} from '../../../../src/testing/index.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongOrderedEvents } from '../../../contracts/wrong/ordered-events.ts';
import { dsqlCounters, counterSchema as schema } from '../../../support/counter.ts';
import { counterValue, testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { newRetrier, poolOf } from '../../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../../support/flight-counter.ts';
import { advanceRecords } from '../../../support/record-clock.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let primary: ConnectionPool;
let secondary: ConnectionPool;
/** Sends one statement at a time. */
let serial: ConnectionPool;
/** Counts the flights of a connection of its own. */
let wire: FlightCounter;
let counted: ConnectionPool;

beforeAll(async () => {
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  serial = poolOf(dsql, { serial: true });
  wire = await countFlights(dsql.port);
  counted = poolOf(dsql, {
    at: { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` },
  });
});

afterAll(async () => {
  await Promise.all([primary, secondary, serial, counted].map((pool) => pool.close()));
  await wire.stop();
  await dsql.stop();
});

const sideOn = (connections: ConnectionPool): OrderedSide => {
  const retrier = newRetrier();
  const orderedEvents = createDsqlOrderedEvents({ connections, schema, retrier });
  const outbox = createDsqlOutbox(connections, { schema, graceMs: 0, replayWindowMs: 0 });
  const unitOfWork = createDsqlUnitOfWork({
    connections,
    repository: dsqlCounters,
    records: createIdempotencyRecords(schema),
    outboxInsert: (events, scheduled) => [
      ...outbox.insert(events, scheduled),
      ...orderedInsert(schema, orderedConsumersOf)(events),
    ],
    retrier,
  });
  return { unitOfWork, orderedEvents };
};

const purge = async (): Promise<void> => {
  const records = createDsqlExpiredRecords(primary, { schema });
  const deadline = Date.now() + 10_000;
  for (let shard = 0; shard < recordShardCount; shard += 1) {
    await records.purge({ kind: 'ordered', shard, rowsMax: 1_000, deadline });
  }
};

const subjectOn = (first: () => ConnectionPool) => async (): Promise<OrderedEventsSubject> => ({
  ...sideOn(first()),
  other: sideOn(secondary),
  value: (name) => counterValue(secondary, name),
  advance: (ms) => advanceRecords(superuser, schema, ms),
  purge,
});

const orderedSubject = subjectOn(() => primary);

describeSuite('ordered events: DSQL, from both Regions', orderedEventsContract(orderedSubject));

describeSuite(
  'ordered events: DSQL, statement by statement',
  orderedEventsContract(subjectOn(() => serial)),
);

refusesWrong(
  'orders events wrongly, on DSQL',
  wrongOrderedEvents,
  orderedEventsContract,
  orderedSubject,
);

describe('network flights', () => {
  const flightsOf = async (work: () => Promise<unknown>): Promise<number> => {
    wire.reset();
    await work();
    return wire.flights();
  };

  it('are as many for a command whose event waits as for any other one', async () => {
    const trial = orderedTrialOf(await subjectOn(() => counted)());
    await trial.commit({ version: 1 });
    expect(await flightsOf(() => trial.commit({ version: 2 }))).toBe(1);
  });

  it.each([
    ['one without reads', false, 1],
    ['two with reads', true, 2],
  ])('are %s for an ordered event whose turn has come', async (_, reads, flights) => {
    const trial = orderedTrialOf(await subjectOn(() => counted)());
    const [event] = (await trial.commit({ version: 1 })) as [Committed];
    const handle = () => trial.handle(trial.onceOf(event), reads);
    expect(await flightsOf(handle)).toBe(flights);
  });

  it.each([false, true])(
    'are one to learn that an event comes too early (reads: %s)',
    async (reads) => {
      const trial = orderedTrialOf(await subjectOn(() => counted)());
      await trial.commit({ version: 1 });
      const [event] = (await trial.commit({ version: 2 })) as [Committed];
      wire.holdAfter(1);
      await expect(trial.handle(trial.onceOf(event), reads)).rejects.toThrow('earlier events');
      wire.release();
    },
  );
});
