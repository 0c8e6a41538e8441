import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type AuditTables, judge, readAudit } from '../../bench/reservations/audit.ts';
import { paymentMsMax } from '../../examples/reservations/src/config.ts';
import { payments } from '../../examples/reservations/src/handlers/consumers.ts';
import { createReservationsApi } from '../../examples/reservations/src/handlers/reservations-api.ts';
import { reservations } from '../../examples/reservations/src/reservations.ts';
import { systemClock } from '../../src/adapters/system/index.ts';
import {
  createRelay,
  type EventEnvelope,
  type EventPublisher,
} from '../../src/domain/kernel/index.ts';
import { outboxShardCount } from '../../src/domain/kernel/outbox/outbox.ts';
import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from '../../src/testing/index.ts';
import { postgresUrl } from '../support/postgres-url.ts';

let database: TestDatabase;
let service: TestService<typeof reservations>;
beforeAll(async () => {
  database = await startTestDatabase(reservations, { postgres: postgresUrl() });
});
afterAll(() => database?.stop());
beforeEach(async () => {
  const options = { consumers: { payments }, clock: testClock() };
  service = createTestService(reservations, database, options);
  await service.reset();
});

/** Asks the Regions in turn: an even number means the primary one. */
const ask = async (at: number, payload: object): Promise<void> => {
  const region = at % 2 === 0 ? service.primary : service.secondary;
  const answer = createReservationsApi(region);
  const { status } = await answer(payload, region.run(), { requestId: 'request' });
  expect(status).toBe(200);
};

const reserve = (at: number) =>
  ask(at, {
    operation: 'reserve',
    key: `r-${at}`,
    ...{ show: 'macbeth', customer: 'ada', seats: 1 },
  });

/** Reports a payment to the Region that has not made the reservation. */
const pay = (at: number, key: string) =>
  ask(at + 1, { operation: 'report-payment', key, reservation: `r-${at}`, outcome: 'received' });

const numbers = Array.from({ length: 30 }, (_, at) => at);
const ids = numbers.map((at) => `r-${at}`);
const audit = () => readAudit(database.primary.db<AuditTables>());

it('is paid or expires, and never both, when its payments and its timeout meet', async () => {
  const third = (which: number) => numbers.filter((at) => at % 3 === which);
  for (const at of numbers) await reserve(at);
  // A third is paid early. Payments of another third meet its timeout, and come twice.
  for (const at of third(0)) await pay(at, `early-${at}`);
  await service.deliver();
  for (const at of third(1)) for (const key of ['one', 'two']) await pay(at, `${key}-${at}`);
  await service.advance(paymentMsMax);
  expect(await service.relay()).toBe(numbers.length);
  // Each delivery of one call runs beside those of the other one.
  await Promise.all([
    service.deliver(),
    service.deliver({ copies: 2, reorder: (deliveries) => deliveries.toReversed() }),
  ]);
  const verdict = judge(await audit(), ids);
  expect(verdict.problems).toEqual([]);
  expect(verdict.paid + verdict.expired).toBe(numbers.length);
  expect(verdict.paid).toBeGreaterThanOrEqual(third(0).length);
  expect(verdict.expired).toBeGreaterThanOrEqual(third(2).length);
  expect(verdict.accepted + verdict.returned).toBe(third(0).length + 2 * third(1).length);
});

it('expires by the other Region, after the takeover age, when its own is lost', async () => {
  await reserve(0);
  // Only the secondary Region is left: its relay, its bus and its consumer.
  const { secondary } = service;
  const bus: EventEnvelope[] = [];
  const publisher: EventPublisher = {
    publish: async (events) => {
      bus.push(...events);
      return events.map(() => ({ ok: true }));
    },
  };
  const takeoverAgeMs = 120_000;
  const shards = Array.from({ length: outboxShardCount }, (_, shard) => shard);
  const relay = createRelay({ ...secondary, clock: systemClock, publisher, shards, takeoverAgeMs });
  const relayed = async () => (await relay.run(Date.now() + 10_000)).published;
  await service.advance(paymentMsMax + takeoverAgeMs - 60_000);
  expect(await relayed()).toBe(0);
  await service.advance(60_000);
  expect(await relayed()).toBe(1);
  const consume = payments(secondary);
  for (const wire of bus) {
    const event = reservations.catalogue.parse(wire) as Parameters<typeof consume>[0];
    const once = { kind: 'event', consumer: 'payments', eventId: event.id } as const;
    expect(await consume(event, { ...secondary.run(), once })).toMatchObject({
      status: 'committed',
    });
  }
  expect(judge(await audit(), ['r-0'])).toMatchObject({ expired: 1, problems: [] });
});
