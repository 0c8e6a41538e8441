import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionPool, createConnections } from '../../../../src/adapters/dsql/index.ts';
import {
  addTo,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
} from '../../../support/counter.ts';
import { migrateCounters } from '../../../support/counter-database.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions, poolOf, unitOfWorkOn } from '../../../support/dsql-adapter.ts';
import { type ScaledEndpoint, startScaledEndpoint } from '../../../support/scaled-endpoint.ts';

/** Every connection ends after so long, whatever is on its way. */
const connectionMsMax = 2_000;

/** New connections that are let in, and as many at once. */
const connectionsPerSecond = 5;

/** Each needs a connection every two seconds: four a second in all, just below what is let in. */
const clientsCount = 8;

const loadMs = 30_000;

/** A client does something else between two commands, as programs do. Milliseconds. */
const pauseMs = 50;

/**
 * Let in are at most 5 a second and 5 at first. Demand is less, so that a client is refused only
 * when others came in the same second: as many refusals as are let in are plenty.
 */
const knocksMax = 2 * connectionsPerSecond * (1 + loadMs / 1_000);

/** All lose their connection in the same second, and knock four times each in it. */
const knocksPerSecondMax = 4 * clientsCount;

let dsql: TestDsql;
let endpoint: ScaledEndpoint;
let pools: readonly ConnectionPool[];

beforeAll(async () => {
  dsql = await testDsql();
  const connections = poolOf(dsql);
  await migrateCounters(connections);
  await connections.close();
  endpoint = await startScaledEndpoint(dsql, {
    connectionMsMax,
    connectionsPerSecond,
    connectionBurst: connectionsPerSecond,
  });
  const options = { ...adminOptions(endpoint), size: 1 };
  pools = Array.from({ length: clientsCount }, () => createConnections(options));
});

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.close()));
  await endpoint.stop();
  await dsql.stop();
});

const runLoad = async (connections: ConnectionPool, name: string): Promise<number> => {
  const { unitOfWork } = unitOfWorkOn(connections, dsqlCounters, schema);
  const until = Date.now() + loadMs;
  let commands = 0;
  while (Date.now() < until) {
    const load = { names: [name] };
    const outcome = await unitOfWork.execute(counterWork(addTo(name, 1), { load }));
    // Replayed is one whose COMMIT was executed when its connection ended.
    expect(['committed', 'replayed']).toContain(outcome.status);
    commands += 1;
    await delay(pauseMs);
  }
  return commands;
};

/** Most that fell into one second. */
const mostInOneSecond = (times: readonly number[]): number =>
  Math.max(...times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length));

describe('a load on connections that end every two seconds, five new ones a second', () => {
  it(
    'fails no command, loses none, doubles none, and storms nobody',
    async () => {
      const counts = await Promise.all(
        pools.map((connections, index) => runLoad(connections, `client-${100 + index}`)),
      );
      const client = await dsql.adminConnection();
      const { rows } = await client.query<{ value: string }>(
        `SELECT value FROM ${schema}.counters ORDER BY name`,
      );
      expect(rows.map(({ value }) => Number(value))).toEqual(counts);
      expect(Math.min(...counts)).toBeGreaterThan(10);

      const knocks = endpoint.knocks();
      // It was a churn: everybody has lost several connections.
      expect(knocks.length).toBeGreaterThan(3 * clientsCount);
      expect(knocks.length).toBeLessThanOrEqual(knocksMax);
      expect(mostInOneSecond(knocks)).toBeLessThanOrEqual(knocksPerSecondMax);
    },
    3 * loadMs,
  );
});
