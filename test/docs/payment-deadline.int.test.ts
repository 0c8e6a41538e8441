import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  decidePayment,
  type Payment,
  paymentMsMax,
  payments,
  shop,
  watchPayment,
} from '../../docs/examples/payment-deadline.ts';
import { accept, type DomainEvent } from '../../src/domain/kernel/index.ts';
import {
  createTestService,
  decisionOf,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from '../../src/testing/index.ts';

const waiting: Payment = { id: 'o-1', status: 'waiting', version: 1 };
const said = (type: 'OrderPlaced' | 'OrderPaid' | 'PaymentDue') =>
  ({ type, data: { order: 'o-1' } }) as const;

describe('the decision of a process manager', () => {
  const decide = decisionOf(shop, (payment: Payment, type: Parameters<typeof said>[0]) =>
    decidePayment(payment, said(type), 0),
  );

  it('sets a timeout when an order is placed', () => {
    decide
      .given(payments.empty)
      .when('OrderPlaced')
      .thenEvents({ type: 'PaymentDue', data: { order: 'o-1' }, notBefore: paymentMsMax });
  });

  it.each(['paid', 'expired', 'unknown'] as const)(
    'ignores a timeout of an order that is %s',
    (status) => {
      decide
        .given({ ...waiting, status })
        .when('PaymentDue')
        .thenEvents();
    },
  );
});

describe('an order', () => {
  let database: TestDatabase;
  let service: TestService<typeof shop>;
  beforeAll(async () => {
    database = await startTestDatabase(shop);
  }, 120_000);
  afterAll(() => database?.stop());

  beforeEach(async () => {
    service = createTestService(shop, database, {
      consumers: { payments: ({ runner }) => watchPayment(runner(payments)) },
      clock: testClock(),
    });
    await service.reset();
  });

  /** Commits and publishes one event, as a command of the shop does. */
  const say = (order: string, type: 'OrderPlaced' | 'OrderPaid', region = service.primary) => {
    const event: DomainEvent<typeof type, { readonly order: string }, 1> = {
      type,
      schemaVersion: 1,
      subject: order,
      aggregateVersion: 1,
      data: { order },
    };
    return region.runner({ ...payments, save: () => [] }).run({
      ...region.run(),
      once: { kind: 'command', key: `${type} ${order}`, fingerprint: '' },
      load: null,
      decide: () => accept({ state: payments.empty, events: [event], result: null }),
    });
  };

  const statuses = async () => {
    type Tables = { 'shop.payments': { id: string; status: string } };
    const rows = database.primary.db<Tables>().selectFrom('shop.payments');
    const found = await rows.select(['id', 'status']).orderBy('id').execute();
    return Object.fromEntries(found.map(({ id, status }) => [id, status]));
  };

  const published = () => service.bus.published.map(({ type }) => type);

  it('waits for its payment, and hears of the timeout not before it is due', async () => {
    await say('o-1', 'OrderPlaced');
    await service.deliver();
    await service.advance(paymentMsMax - 1_000);
    expect(await service.relay()).toBe(0);
    expect(await statuses()).toEqual({ 'o-1': 'waiting' });
    expect(published()).toEqual(['OrderPlaced']);
  });

  it('expires when it is not paid in time', async () => {
    await say('o-1', 'OrderPlaced');
    await service.deliver();
    await service.advance(paymentMsMax);
    expect(await service.relay()).toBe(1);
    await service.deliver({ copies: 2 });
    expect(await statuses()).toEqual({ 'o-1': 'expired' });
    expect(published()).toEqual(['OrderPlaced', 'PaymentDue', 'OrderExpired']);
  });

  it('does not expire when it is paid, also when the payment is heard of first', async () => {
    await say('o-1', 'OrderPaid', service.secondary);
    await service.deliver();
    await say('o-1', 'OrderPlaced');
    await service.deliver();
    await service.advance(paymentMsMax);
    await service.relay();
    await service.deliver();
    expect(await statuses()).toEqual({ 'o-1': 'paid' });
    expect(published()).not.toContain('OrderExpired');
  });

  it('is paid or expires, and never both, in whichever order it hears of both', async () => {
    const orders = Array.from({ length: 20 }, (_, at) => `o-${at}`);
    await Promise.all(orders.map((order) => say(order, 'OrderPlaced')));
    await service.deliver();
    await service.advance(paymentMsMax);
    expect(await service.relay()).toBe(orders.length);
    await Promise.all(orders.map((order) => say(order, 'OrderPaid', service.secondary)));
    await service.deliver({ copies: 2, reorder: (all) => all.toReversed() });
    const expired = service.bus.published
      .filter(({ type }) => type === 'OrderExpired')
      .map(({ subject }) => subject);
    for (const [id, status] of Object.entries(await statuses())) {
      expect(status).toBe(expired.includes(id) ? 'expired' : 'paid');
    }
    expect(Object.keys(await statuses())).toHaveLength(orders.length);
  });
});
