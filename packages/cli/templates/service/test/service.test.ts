import {
  commandContract,
  consumersContract,
  createTestService,
  insertOnlyContract,
  repositoryContract,
  type Suite,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createShipments, createStocks } from '../src/adapters/repositories.ts';
import { createPlaceOrder, type PlaceOrder } from '../src/domain/orders.ts';
import { createApi } from '../src/handlers/api.ts';
import { shipments } from '../src/handlers/consumers.ts';
import { service } from '../src/service.ts';

type Tested = TestService<typeof service>;

let database: TestDatabase;
let tested: Tested;
beforeAll(async () => {
  database = await startTestDatabase(service);
  tested = createTestService(service, database, { consumers: { shipments } });
}, 120_000);
beforeEach(() => tested.reset());
afterAll(() => database?.stop());

const order = { product: 'lamp', quantity: 2 };

const place = ({ db, runner, run }: Tested['primary'], command: PlaceOrder) =>
  createPlaceOrder(runner(createStocks(db())))(command, run());

describe('the API', () => {
  const ask = (payload: object) =>
    createApi(tested.primary)(payload, tested.primary.run(), { requestId: 'request-1' });

  it('places an order, whose shipment follows', async () => {
    const placed = await ask({ operation: 'place', key: 'o-1', ...order });
    expect(placed).toMatchObject({ status: 200, body: { id: 'o-1', ...order } });
    const shipment = { operation: 'shipment', order: 'o-1' };
    expect(await ask(shipment)).toMatchObject({ status: 404 });
    await tested.deliver();
    expect(await ask(shipment)).toEqual({ status: 200, body: { id: 'o-1', ...order } });
  });

  it.each([
    ['an unknown product', { product: 'sofa' }, 404],
    ['more than are left', { product: 'chair', quantity: 5 }, 409],
  ])('refuses %s', async (_, wrong, status) => {
    const command = { operation: 'place', key: 'o-1', ...order, ...wrong };
    expect(await ask(command)).toMatchObject({ status });
  });
});

it('sells nothing twice to customers of both Regions who want the last ones', async () => {
  const { primary, secondary } = tested;
  const outcomes = await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      place(at % 2 ? primary : secondary, { key: `o-${at}`, product: 'chair', quantity: 1 }),
    ),
  );
  expect(outcomes.filter(({ status }) => status === 'committed')).toHaveLength(4);
  expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(2);
});

it('adds one shipment when functions die after COMMIT', async () => {
  tested.failures.crashNext('after-commit', 'o-1');
  await expect(place(tested.primary, { key: 'o-1', ...order })).rejects.toThrow('crashed');
  tested.failures.crashNext('after-commit', 'shipments');
  const { deliveries } = await tested.settle();
  const ofShipments = deliveries.filter(({ name }) => name === 'shipments');
  expect(ofShipments.map(({ status }) => status)).toEqual(['failed', 'replayed']);
});

/** Rules that hold for any part of its kind. */
const testEach = (title: string, suite: Suite) =>
  describe(title, () => {
    for (const { name, run } of suite) it(name, run);
  });

testEach(
  'the command that places an order',
  commandContract({
    createSubject: async () => tested,
    send: (region, key, content: Omit<PlaceOrder, 'key'>) => place(region, { key, ...content }),
    command: order,
    others: { product: 'chair', quantity: 3 },
  }),
);

testEach(
  'the consumers',
  consumersContract({
    createSubject: async () => {
      await place(tested.primary, { key: 'o-1', ...order });
      return tested;
    },
  }),
);

testEach(
  'the repository of stocks',
  repositoryContract({
    createSubject: async () => ({
      region: database.primary,
      repository: createStocks(database.primary.db()),
    }),
    unknown: { product: 'sofa' },
    states: {
      'a stock that has changed': {
        query: { product: 'chair' },
        state: { product: 'chair', left: 3, version: 1 },
        next: { product: 'chair', left: 1, version: 2 },
      },
    },
  }),
);

testEach(
  'the repository of shipments',
  insertOnlyContract({
    createSubject: async () => ({
      region: database.primary,
      repository: createShipments(database.primary.db()),
    }),
    rows: { 'a shipment': { id: 'o-1', ...order } },
  }),
);
