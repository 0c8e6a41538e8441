import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type ConnectionPool, createDsqlOutbox } from '../../../../src/adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { systemClock, systemIds, systemRandom } from '../../../../src/adapters/system/index.ts';
import {
  createRelay,
  type EventPublisher,
  type Outbox,
} from '../../../../src/domain/kernel/index.ts';
import { stepsAtOnceMax } from '../../../../src/domain/kernel/outbox/in-turns.ts';
import { outboxWindows, shards } from '../../../../src/testing/contracts/outbox/outbox-subject.ts';
import { anEvent, counterSchema as schema } from '../../../support/counter.ts';
import { testCounters } from '../../../support/counter-database.ts';
import type { TestDsql } from '../../../support/dsql.ts';
import { poolOf } from '../../../support/dsql-adapter.ts';
import { dsqlOutboxSubject } from '../../../support/dsql-outbox.ts';

const relayCount = 8;
/** Two claims of each shard, so that relays claim while others settle. */
const eventCount = 10_000;
/** A transaction takes 3,000 rows. */
const eventsPerInsert = 1_000;
const runMsMax = 60_000;

let dsql: TestDsql;
let superuser: pg.Client;
/** Of the relays, in both Regions in turn, as many connections as a relay has. */
let pools: readonly ConnectionPool[];

/** Opens as many connections as a relay uses at once. */
const openAll = async (pool: ConnectionPool): Promise<void> => {
  const { promise: all, resolve: release } = Promise.withResolvers<void>();
  let open = 0;
  const hold = async () => {
    open += 1;
    if (open === stepsAtOnceMax) release();
    await all;
  };
  const deadline = Date.now() + runMsMax;
  await Promise.all(Array.from({ length: stepsAtOnceMax }, () => pool.use(hold, deadline)));
};

beforeAll(async () => {
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  // A parallel worker does not start without a text search configuration, and DSQL has none.
  await superuser.query('SET max_parallel_workers_per_gather = 0');
  pools = Array.from({ length: relayCount }, (_, at) =>
    poolOf(dsql, { size: stepsAtOnceMax, ...(at % 2 === 0 ? {} : { at: dsql.peer }) }),
  );
  // One pool after the other: a busy machine is slow to open 32 connections at once.
  for (const one of pools) await openAll(one);
});

afterAll(async () => {
  await Promise.all(pools.map((one) => one.close()));
  await dsql.stop();
});

let ids: readonly string[];
beforeEach(async () => {
  const subject = await dsqlOutboxSubject(superuser, pools[0] as ConnectionPool, []);
  const events = Array.from({ length: eventCount }, () => anEvent());
  for (let first = 0; first < eventCount; first += eventsPerInsert) {
    await subject.insert(events.slice(first, first + eventsPerInsert));
  }
  await subject.advance(outboxWindows.graceMs);
  ids = events.map(({ id }) => id);
});

/** Counts the conflicts that an outbox reports, which a relay would pass over. */
const counting = (outbox: Outbox, count: () => void): Outbox => ({
  ...outbox,
  claim: (claim) =>
    outbox.claim(claim).catch((error: unknown) => {
      count();
      throw error;
    }),
  settle: (...settlement) =>
    outbox.settle(...settlement).catch((error: unknown) => {
      count();
      throw error;
    }),
});

/** Runs all relays at once, each on the shards that `stripeOf` gives to it. */
const runRelays = async (stripeOf: (relay: number) => readonly number[]) => {
  const published: string[] = [];
  let conflicts = 0;
  const publisher: EventPublisher = {
    publish: async (events) => {
      published.push(...events.map(({ id }) => id));
      return events.map(() => ({ ok: true }));
    },
  };
  const relays = pools.map((pool, at) =>
    createRelay({
      ...{ publisher, clock: systemClock, random: systemRandom, ids: systemIds },
      outbox: counting(createDsqlOutbox(pool, { schema, ...outboxWindows }), () => {
        conflicts += 1;
      }),
      ...{ logger: createMemoryLogger(), metrics: createMemoryMetrics() },
      ...{ region: 'us-east-1', shards: stripeOf(at), takeoverAgeMs: runMsMax },
    }),
  );
  await Promise.all(relays.map((relay) => relay.run(Date.now() + runMsMax)));
  return { published, conflicts };
};

describe('eight relays at once', () => {
  it('never conflict and claim nothing twice when each has shards of its own', async () => {
    const { published, conflicts } = await runRelays((relay) =>
      shards.filter((shard) => shard % relayCount === relay),
    );
    expect(conflicts).toBe(0);
    expect(published).toHaveLength(eventCount);
    expect(new Set(published)).toEqual(new Set(ids));
    const { rows } = await superuser.query(
      `SELECT DISTINCT attempts, published_at IS NOT NULL AS published FROM ${schema}.outbox`,
    );
    expect(rows).toEqual([{ attempts: 1, published: true }]);
  });

  it('publish nothing twice when all of them work on all shards', async () => {
    const { published } = await runRelays(() => shards);
    expect(new Set(published).size).toBe(published.length);
  });
});
