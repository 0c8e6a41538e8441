import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlIdempotencyStore,
  frameworkMigrations,
} from '../../../../src/adapters/dsql/index.ts';
import { StorePersistenceLayer } from '../../../../src/adapters/powertools/index.ts';
import type { IdempotencyStore } from '../../../../src/domain/kernel/index.ts';
import { counterSchema as schema } from '../../../support/counter.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { migrate, poolOf } from '../../../support/dsql-adapter.ts';
import { type FlightFault, faultyPool, flightFaults } from '../../../support/faulty-connection.ts';
import { lambdaContext } from '../../../support/lambda.ts';

let dsql: TestDsql;
let direct: ConnectionPool;
let other: IdempotencyStore;

beforeAll(async () => {
  dsql = await testDsql();
  direct = poolOf(dsql);
  await migrate(direct, schema, frameworkMigrations(schema));
  other = createDsqlIdempotencyStore(direct, { schema });
});

afterAll(async () => {
  await direct.close();
  await dsql.stop();
});

/** A store one flight of whose connections goes wrong, or several in a row. */
const faultyStore = (fault: FlightFault, first: number, times = 1) => {
  const { pool, flights, landed } = faultyPool(dsql, (flight) =>
    flight >= first && flight < first + times ? fault : undefined,
  );
  return {
    store: createDsqlIdempotencyStore(pool, { schema }),
    flights,
    landed,
    close: pool.close,
  };
};

const requestOf = (key: string) => ({ key, fingerprint: 'print', leaseMs: 60_000 });

describe.each(flightFaults)('a lease, where the connection meets a %s', (fault) => {
  it.each([1, 3])('is taken all the same, after %i of them', async (times) => {
    const { store, flights, landed, close } = faultyStore(fault, 0, times);
    const key = crypto.randomUUID();
    const lease = await store.acquire(requestOf(key));
    await landed();
    expect(lease).toMatchObject({ status: 'acquired' });
    // One that lands late may conflict with the one that is sent again, which is sent once more
    // then.
    expect(flights().length).toBeGreaterThan(times);
    expect(await other.acquire(requestOf(key))).toMatchObject({ status: 'in-progress' });
    const fence = lease.status === 'acquired' ? lease.fence : '';
    expect(await other.complete({ key, fence, response: '1', retentionMs: 60_000 })).toBe(true);
    await close();
  });

  it.each([1, 3])('has its response stored, after %i of them', async (times) => {
    const { store, landed, close } = faultyStore(fault, 1, times);
    const key = crypto.randomUUID();
    const lease = await store.acquire(requestOf(key));
    const fence = lease.status === 'acquired' ? lease.fence : '';
    expect(await store.complete({ key, fence, response: '"done"', retentionMs: 60_000 })).toBe(
      true,
    );
    await landed();
    expect(await other.find(key)).toMatchObject({ status: 'completed', response: '"done"' });
    await close();
  });

  it('is given back', async () => {
    const { store, landed, close } = faultyStore(fault, 1);
    const key = crypto.randomUUID();
    const lease = await store.acquire(requestOf(key));
    await store.release(key, lease.status === 'acquired' ? lease.fence : '');
    await landed();
    expect(await other.find(key)).toBeUndefined();
    await close();
  });

  it.each([0, 1])(
    'around a function lets it run once and answers, at flight %i',
    async (flight) => {
      const { store, landed, close } = faultyStore(fault, flight);
      const keyPrefix = `test.${crypto.randomUUID()}`;
      const config = new IdempotencyConfig({
        throwOnNoIdempotencyKey: true,
        hashFunction: 'sha256',
      });
      let runs = 0;
      const processOf = (over: IdempotencyStore) => {
        const persistenceStore = new StorePersistenceLayer(over);
        const pay = async (_request: object, _context: unknown) => {
          runs += 1;
          return { runs };
        };
        const run = makeIdempotent(pay, { persistenceStore, keyPrefix, config });
        return () => run({ id: 'a' }, lambdaContext());
      };
      expect(await processOf(store)()).toEqual({ runs: 1 });
      await landed();
      expect(await processOf(other)()).toEqual({ runs: 1 });
      await close();
    },
  );
});
