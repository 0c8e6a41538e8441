import { IdempotencyConfig, makeIdempotent } from '@aws-lambda-powertools/idempotency';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConnectionPool,
  createDsqlCommandRecords,
  createDsqlIdempotencyStore,
  createIdempotencyRecords,
  query,
  statement,
} from '../../../src/adapters/dsql/index.ts';
import { TransactionalPersistenceLayer } from '../../../src/adapters/powertools/index.ts';
import { idempotentFunctionContract } from '../../contracts/idempotent-function.ts';
import { transactionalFunctionContract } from '../../contracts/transactional-function.ts';
import {
  addTo,
  counterWork,
  dsqlCounters,
  counterSchema as schema,
  setTo,
} from '../../support/counter.ts';
import { counterValue, testCounters } from '../../support/counter-database.ts';
import type { TestDsql } from '../../support/dsql.ts';
import { newRetrier, poolOf, unitOfWorkOn } from '../../support/dsql-adapter.ts';
import { countFlights, type FlightCounter } from '../../support/flight-counter.ts';
import { lambdaContext } from '../../support/lambda.ts';
import { advanceRecords } from '../../support/record-clock.ts';

let dsql: TestDsql;
let superuser: pg.Client;
let primary: ConnectionPool;
let secondary: ConnectionPool;
let wire: FlightCounter;
let counted: ConnectionPool;

beforeAll(async () => {
  dsql = await testCounters();
  superuser = await dsql.superuserConnection();
  primary = poolOf(dsql, { size: 4 });
  secondary = poolOf(dsql, { size: 4, at: dsql.peer });
  wire = await countFlights(dsql.port);
  const at = { ...dsql, port: wire.port, endpoint: `localhost:${wire.port}` };
  counted = poolOf(dsql, { at });
});

afterAll(async () => {
  await Promise.all([primary, secondary, counted].map((pool) => pool.close()));
  await wire.stop();
  await dsql.stop();
});

const ask = async (sql: string) => (await query(primary, statement(sql), { writes: false })).rows;

const sideOn = (connections: ConnectionPool) => ({
  records: createDsqlCommandRecords({
    connections,
    records: createIdempotencyRecords(schema),
    retrier: newRetrier(),
  }),
  unitOfWork: unitOfWorkOn(connections, dsqlCounters, schema).unitOfWork,
});

idempotentFunctionContract('DSQL, from both Regions', async () => ({
  store: createDsqlIdempotencyStore(primary, { schema }),
  other: createDsqlIdempotencyStore(secondary, { schema }),
  advance: (ms) => advanceRecords(superuser, schema, ms),
}));

transactionalFunctionContract('DSQL, from both Regions', async () => ({
  ...sideOn(primary),
  other: sideOn(secondary),
  value: (name) => counterValue(primary, name),
}));

describe('a transactional function on DSQL', () => {
  const config = new IdempotencyConfig({ throwOnNoIdempotencyKey: true, hashFunction: 'sha256' });
  const functionOn = (
    pool: ConnectionPool,
    options: { findsFirst: boolean; reads?: boolean; meanwhile?: () => Promise<void> },
  ) => {
    const { records, unitOfWork } = sideOn(pool);
    const { findsFirst, reads = false, meanwhile } = options;
    const layer = new TransactionalPersistenceLayer(records, { findsFirst });
    const add = async (request: { readonly name: string }, _context: unknown) => {
      await meanwhile?.();
      const { name } = request;
      const work = counterWork(reads ? addTo(name, 1) : setTo(name, 1));
      const load = reads ? { load: { names: [name] } } : {};
      const outcome = await layer.run(request, (once) =>
        unitOfWork.execute({ ...work, ...load, once }),
      );
      return outcome.status === 'refused' ? null : outcome.result;
    };
    const idempotent = makeIdempotent(add, {
      persistenceStore: layer,
      keyPrefix: 'test.add',
      config,
    });
    return (name: string) => idempotent({ name }, lambdaContext());
  };

  it('writes one record, completed, and nothing while it is under way', async () => {
    const recordsOf = () => ask(`SELECT key, status, owner FROM ${schema}.idempotency`);
    const before = await recordsOf();
    let during: Awaited<ReturnType<typeof ask>> = [];
    const meanwhile = async () => {
      during = await recordsOf();
    };
    await functionOn(primary, { findsFirst: true, meanwhile })(crypto.randomUUID());
    expect(during).toEqual(before);
    const added = (await recordsOf()).filter(
      ({ key }) => !before.some((one) => one['key'] === key),
    );
    expect(added).toMatchObject([{ status: 'COMPLETED', owner: null }]);
  });

  it.each([
    { findsFirst: false, reads: false, first: 1, replay: 1 },
    { findsFirst: false, reads: true, first: 2, replay: 1 },
    { findsFirst: true, reads: false, first: 2, replay: 1 },
    { findsFirst: true, reads: true, first: 3, replay: 1 },
  ])(
    'waits for $first flights and a replay for $replay (found first: $findsFirst, reads: $reads)',
    async ({ first, replay, ...options }) => {
      const run = functionOn(counted, options);
      const name = crypto.randomUUID();
      await counted.warmUp();
      /** Nothing is answered but so many flights: who waited for more would wait for ever. */
      const within = async (flights: number) => {
        wire.reset();
        wire.holdAfter(flights);
        const answer = await run(name);
        wire.release();
        return [answer, wire.flights() >= flights];
      };
      expect(await within(first)).toEqual([{ value: 1 }, true]);
      expect(await within(replay)).toEqual([{ value: 1 }, true]);
    },
  );
});
