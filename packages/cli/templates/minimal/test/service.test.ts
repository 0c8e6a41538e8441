import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { createApi } from '../src/handlers/api.ts';
import { service } from '../src/service.ts';

type Tested = TestService<typeof service>;

let database: TestDatabase;
let tested: Tested;
beforeAll(async () => {
  database = await startTestDatabase(service);
  tested = createTestService(service, database, { consumers: {} });
}, 120_000);
beforeEach(() => tested.reset());
afterAll(() => database?.stop());

const order = { product: 'lamp', quantity: 2 };

const ask = (region: Tested['primary'], payload: object) =>
  createApi(region)(payload, region.run(), { requestId: 'request-1' });

it('places an order once, in whichever Region it is sent again', async () => {
  const answer = { status: 200, body: { id: 'o-1', ...order } };
  expect(await ask(tested.primary, { key: 'o-1', ...order })).toMatchObject(answer);
  expect(await ask(tested.secondary, { key: 'o-1', ...order })).toMatchObject(answer);
  expect(tested.bus.published.map(({ type, subject }) => [type, subject])).toEqual([
    ['OrderPlaced', 'o-1'],
  ]);
});

it.each([
  ['a known key with another content', { quantity: 3 }, 409],
  ['an order that is too large', { key: 'o-2', quantity: 101 }, 422],
])('refuses %s', async (_, wrong, status) => {
  const command = { key: 'o-1', ...order };
  await ask(tested.primary, command);
  expect(await ask(tested.primary, { ...command, ...wrong })).toMatchObject({ status });
});
