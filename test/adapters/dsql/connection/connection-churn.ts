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

/** A client does something else between two commands, as programs do. Milliseconds. */
const pauseMs = 50;

/**
 * Let in are at most 5 a second and 5 at first. Demand is less, so that a client is refused only
 * when others came in the same second: as many refusals as are let in are plenty.
 */
const knocksMaxIn = (loadMs: number): number => 2 * connectionsPerSecond * (1 + loadMs / 1_000);

/** It was a churn: everybody has lost a connection in each quarter of a minute. */
const knocksMinIn = (loadMs: number): number => clientsCount * (1 + loadMs / 15_000);

/** All lose their connection in the same second, and knock four times each in it. */
const knocksPerSecondMax = 4 * clientsCount;

let dsql: TestDsql;
let endpoint: ScaledEndpoint;
let pools: readonly ConnectionPool[];

const startLoad = async (): Promise<void> => {
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
};

const endLoad = async (): Promise<void> => {
  await Promise.all(pools.map((pool) => pool.close()));
  await endpoint.stop();
  await dsql.stop();
};

const runLoad = async (
  connections: ConnectionPool,
  name: string,
  loadMs: number,
): Promise<number> => {
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

/** A load that lasts so long, which must be several times as long as a connection. Milliseconds. */
export const describeChurn = (loadMs: number): void => {
  describe('a load on connections that end every two seconds, five new ones a second', () => {
    beforeAll(startLoad);
    afterAll(endLoad);

    it(
      'fails no command, loses none, doubles none, and storms nobody',
      async () => {
        const counts = await Promise.all(
          pools.map((connections, index) => runLoad(connections, `client-${100 + index}`, loadMs)),
        );
        const client = await dsql.adminConnection();
        const { rows } = await client.query<{ value: string }>(
          `SELECT value FROM ${schema}.counters ORDER BY name`,
        );
        expect(rows.map(({ value }) => Number(value))).toEqual(counts);
        // Also on a busy machine nobody is kept out for long.
        expect(Math.min(...counts)).toBeGreaterThan(loadMs / 3_000);

        const knocks = endpoint.knocks();
        expect(knocks.length).toBeGreaterThan(knocksMinIn(loadMs));
        expect(knocks.length).toBeLessThanOrEqual(knocksMaxIn(loadMs));
        expect(mostInOneSecond(knocks)).toBeLessThanOrEqual(knocksPerSecondMax);
      },
      loadMs + 60_000,
    );
  });
};
