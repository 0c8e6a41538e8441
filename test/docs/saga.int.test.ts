import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import {
  chargeOrder,
  createOrders,
  orderRows,
  orders,
  type PaymentsApi,
  refundOrder,
} from '../../docs/examples/saga-orders.ts';
import { createPayments, moneyRows, payments } from '../../docs/examples/saga-payments.ts';
import {
  createTestService,
  type DeliveryOptions,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from '../../src/testing/index.ts';
import { postgresUrl } from '../support/postgres-url.ts';

type Tables = {
  'payments.accounts': { id: string; cents: number };
  'payments.charges': { id: string; status: string };
  'orders.orders': { id: string; status: string; cents: number };
};

let databases: { readonly orders: TestDatabase; readonly payments: TestDatabase };
let shop: TestService<typeof orders>;
let bank: TestService<typeof payments>;

beforeAll(async () => {
  const postgres = postgresUrl();
  databases = {
    orders: await startTestDatabase(orders, { postgres }),
    payments: await startTestDatabase(payments, { postgres }),
  };
});
afterAll(async () => {
  await databases?.orders.stop();
  await databases?.payments.stop();
});

const money = () => databases.payments.primary.db<Tables>();

const deposit = (cents: number) =>
  money()
    .insertInto('payments.accounts')
    .values({ id: 'ada', cents })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ cents }))
    .execute();

/** The API of payments in a Region, as orders calls it. */
const apiOf = (region: string): PaymentsApi => {
  const { runner, run } = region === bank.primary.region ? bank.primary : bank.secondary;
  const commands = createPayments(runner(moneyRows));
  return {
    charge: async (command) => {
      const { status } = await commands.charge(command, run());
      if (status === 'mismatched') throw new Error('Another account has been charged');
      return status === 'refused' ? 'refused' : 'charged';
    },
    refund: async (command) => {
      await commands.refund(command, run());
    },
  };
};

/** The connection between the services: a test loses answers here. */
let between: (api: PaymentsApi) => PaymentsApi;

beforeEach(async () => {
  between = (api) => api;
  bank = createTestService(payments, databases.payments, { consumers: {} });
  const reaching = (region: string): PaymentsApi => ({
    charge: (command) => between(apiOf(region)).charge(command),
    refund: (command) => between(apiOf(region)).refund(command),
  });
  shop = createTestService(orders, databases.orders, {
    consumers: {
      charging: ({ runner, region }) => chargeOrder(runner(orderRows), reaching(region)),
      refunding: ({ runner, region }) => refundOrder(runner(orderRows), reaching(region)),
    },
  });
  await shop.reset();
  await bank.reset();
  await deposit(1_000);
});

const commandsIn = ({ runner }: (typeof shop)['primary']) => createOrders(runner(orderRows));

const place = (order: string, cents = 300, region = shop.primary) =>
  commandsIn(region).place({ order, account: 'ada', cents }, region.run());

const cancel = (order: string, region = shop.secondary) =>
  commandsIn(region).cancel(order, region.run());

/** Delivers until each consumer has succeeded: an event whose consumer fails comes again. */
const deliver = async (options?: DeliveryOptions): Promise<number> => {
  for (let failures = 0; failures < 100; failures += 1) {
    const isDone = await shop.deliver(options).then(
      () => true,
      (error: Error) => {
        if (error.message !== 'lost') throw error;
        return false;
      },
    );
    if (isDone) return failures;
  }
  throw new Error('Consumers fail for ever');
};

const ada = async () =>
  Number((await money().selectFrom('payments.accounts').select('cents').executeTakeFirst())?.cents);

const statuses = async () => {
  const rows = databases.orders.primary.db<Tables>().selectFrom('orders.orders');
  const found = await rows.select(['id', 'status']).orderBy('id').execute();
  return Object.fromEntries(found.map(({ id, status }) => [id, status]));
};

it('pays an order out of the account of the other service', async () => {
  await place('o-1');
  await deliver({ copies: 2 });
  expect(await statuses()).toEqual({ 'o-1': 'paid' });
  expect(await ada()).toBe(700);
});

it('cancels an order that the other service refuses to charge', async () => {
  await place('o-1', 1_300);
  await deliver();
  expect(await statuses()).toEqual({ 'o-1': 'cancelled' });
  expect(await ada()).toBe(1_000);
});

it('charges once when the answer is lost', async () => {
  let calls = 0;
  between = (api) => ({
    ...api,
    charge: async (command) => {
      const answer = await api.charge(command);
      calls += 1;
      if (calls < 3) throw new Error('lost');
      return answer;
    },
  });
  await place('o-1');
  expect(await deliver()).toBe(2);
  expect(await statuses()).toEqual({ 'o-1': 'paid' });
  expect(await ada()).toBe(700);
});

it('pays back an order that is cancelled after it was paid', async () => {
  await place('o-1');
  await deliver();
  await cancel('o-1');
  await deliver({ copies: 2 });
  expect(await statuses()).toEqual({ 'o-1': 'cancelled' });
  expect(await ada()).toBe(1_000);
});

it('does not charge an order whose refund comes before its charge', async () => {
  await place('o-1');
  await cancel('o-1');
  await deliver({ reorder: (deliveries) => deliveries.toReversed() });
  expect(await statuses()).toEqual({ 'o-1': 'cancelled' });
  expect(await ada()).toBe(1_000);
  const charges = await money().selectFrom('payments.charges').select('status').execute();
  expect(charges).toEqual([{ status: 'refunded' }]);
});

it('pays back a charge that a second delivery has made, where the first one was refused', async () => {
  let isFirst = true;
  between = (api) => ({
    ...api,
    charge: async (command) => {
      const answer = await api.charge(command);
      if (!isFirst) return answer;
      isFirst = false;
      await deposit(5_000);
      expect([answer, await api.charge(command)]).toEqual(['refused', 'charged']);
      return answer;
    },
  });
  await place('o-1', 1_300);
  await deliver();
  expect(await statuses()).toEqual({ 'o-1': 'cancelled' });
  expect(await ada()).toBe(5_000);
});

it('has taken the money of the paid orders and no other, whatever is lost', async () => {
  let calls = 0;
  /** Loses each third call: half of these before they reach the other service. */
  const losing = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    calls += 1;
    if (calls % 6 === 0) throw new Error('lost');
    const answer = await call();
    if (calls % 6 === 3) throw new Error('lost');
    return answer;
  };
  between = (api) => ({
    charge: (command) => losing(() => api.charge(command)),
    refund: (command) => losing(() => api.refund(command)),
  });
  const numbers = Array.from({ length: 12 }, (_, at) => at);
  for (const at of numbers) {
    await place(`o-${at}`, 100 + at, at % 2 ? shop.primary : shop.secondary);
    if (at % 3 === 0) await cancel(`o-${at}`);
  }
  await deliver({ copies: 2, reorder: (deliveries) => deliveries.toReversed() });
  const found = await statuses();
  const paid = numbers.filter((at) => found[`o-${at}`] === 'paid');
  expect(paid.length).toBeGreaterThan(0);
  expect(Object.values(found).every((status) => ['paid', 'cancelled'].includes(status))).toBe(true);
  expect(await ada()).toBe(1_000 - paid.reduce((sum, at) => sum + 100 + at, 0));
});
