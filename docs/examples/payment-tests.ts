import {
  consumerOf,
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decidePayment, paymentMsMax, payments, shop, watchPayment } from './payment-deadline.ts';

const order = { order: 'o-1' };
const placed = { type: 'OrderPlaced', data: order } as const;
const paid = { type: 'OrderPaid', data: order } as const;

describe('the process, without a database', () => {
  const process = consumerOf(shop, 'payments', { empty: payments.empty, decide: decidePayment });

  it('lets an order expire that is not paid in time', () => {
    process.given(placed).whenDue().thenEvents({ type: 'OrderExpired', data: order });
    process.given(placed, paid).whenDue().thenNothing();
    process.given(placed).givenDue().when(paid).thenNothing();
  });

  it('hears of a payment and its order in any order', () => {
    process.given(placed, paid).inAnyOrder(({ status }) => status);
    process.when(placed).thenOnce();
  });

  it('never says that a paid order has expired', () => {
    process.given(placed, paid).inEachOrder(({ state, emitted }) => {
      const hasExpired = emitted.some(({ type }) => type === 'OrderExpired');
      expect(hasExpired).toBe(state.status === 'expired');
    });
  });
});

describe('the process, on a database in two Regions', () => {
  let database: TestDatabase;
  let service: TestService<typeof shop>;
  const clock = testClock();
  beforeAll(async () => {
    database = await startTestDatabase(shop);
    service = createTestService(shop, database, {
      clock,
      consumers: { payments: ({ runner }) => watchPayment(runner(payments)) },
    });
  }, 60_000);
  beforeEach(() => service.reset());
  afterAll(() => database.stop());

  it('expires when its time has come', async () => {
    const handled = await service.consumer('payments').when(placed);
    const notBefore = clock.now() + paymentMsMax;
    handled.thenEvents({ type: 'PaymentDue', data: order, notBefore });
    const { tree } = await service.settle({ withinMs: paymentMsMax });
    expect(tree).toEqual([
      'OrderPlaced of test',
      '  payments in us-east-1: committed',
      '    PaymentDue of o-1, by the relay of us-east-1 after 900 s',
      '      payments in us-east-1: committed after 900 s',
      '        OrderExpired of o-1',
    ]);
  });

  it('is heard of once when its function dies after COMMIT', async () => {
    await service.consumer('payments').when(placed);
    service.failures.crashNext('after-commit', 'payments');
    const { deliveries } = await service.settle({ withinMs: paymentMsMax });
    expect(deliveries.map(({ status }) => status)).toEqual(['committed', 'failed', 'replayed']);
    expect(service.bus.published.map(({ type }) => type)).toEqual(['PaymentDue', 'OrderExpired']);
  });
});
