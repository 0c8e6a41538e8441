import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
  testClock,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Tables } from '../src/adapters/tables.ts';
import { paymentMsMax } from '../src/config.ts';
import { payments } from '../src/handlers/consumers.ts';
import { createReservationsApi } from '../src/handlers/reservations-api.ts';
import { reservations } from '../src/reservations.ts';

let database: TestDatabase;
let service: TestService<typeof reservations>;
beforeAll(async () => {
  database = await startTestDatabase(reservations);
}, 120_000);
beforeEach(async () => {
  const options = { consumers: { payments }, clock: testClock() };
  service = createTestService(reservations, database, options);
  await service.reset();
});
afterAll(() => database?.stop());

type Region = TestService<typeof reservations>['primary'];

const ask = (region: Region, payload: object) =>
  createReservationsApi(region)(payload, region.run(), { requestId: 'request-1' });

const reserve = (key: string, region = service.primary) =>
  ask(region, { operation: 'reserve', key, show: 'hamlet', customer: 'ada', seats: 2 });

const report = (
  key: string,
  reservation: string,
  region = service.secondary,
  outcome = 'received',
) => ask(region, { operation: 'report-payment', key, reservation, outcome });

const statuses = async (table: 'reservations' | 'payments') => {
  const rows = database.primary.db<Tables>().selectFrom(`reservations.${table}`);
  const found = await rows.select(['id', 'status']).orderBy('id').execute();
  return Object.fromEntries(found.map(({ id, status }) => [id, status]));
};

const freeSeats = async () =>
  (await ask(service.primary, { operation: 'show', id: 'hamlet' })).body;

const published = () => service.bus.published.map(({ type }) => type);

describe('a reservation', () => {
  it('is held until its time, and then its seats are free again', async () => {
    await reserve('r-1');
    await service.advance(paymentMsMax - 1_000);
    expect(await service.relay()).toBe(0);
    expect(await freeSeats()).toMatchObject({ free: 98 });
    await service.advance(1_000);
    expect(await service.relay()).toBe(1);
    await service.deliver({ copies: 2 });
    expect(await statuses('reservations')).toEqual({ 'r-1': 'expired' });
    expect(await freeSeats()).toMatchObject({ free: 100 });
    // The function of the process has the bus, so its event waits for no relay.
    expect(published()).toEqual(['SeatsReserved', 'PaymentDue', 'ReservationExpired']);
  });

  it('is kept by a payment in time, and a second one is paid back', async () => {
    await reserve('r-1');
    await report('p-1', 'r-1');
    await report('p-2', 'r-1', service.primary);
    await service.deliver({ copies: 2 });
    await service.advance(paymentMsMax);
    await service.relay();
    await service.deliver();
    expect(await statuses('reservations')).toEqual({ 'r-1': 'paid' });
    expect(await statuses('payments')).toEqual({ 'p-1': 'accepted', 'p-2': 'returned' });
    expect(await freeSeats()).toMatchObject({ free: 98 });
  });

  it('is held as long again after a payment that failed, whose first timeout is ignored', async () => {
    await reserve('r-1');
    await service.advance(paymentMsMax - 1_000);
    await report('p-1', 'r-1', service.secondary, 'declined');
    await service.deliver();
    await service.advance(1_000);
    expect(await service.relay()).toBe(1);
    await service.deliver();
    expect(await statuses('reservations')).toEqual({ 'r-1': 'unpaid' });
    await service.advance(paymentMsMax);
    expect(await service.relay()).toBe(1);
    await service.deliver();
    expect(await statuses('reservations')).toEqual({ 'r-1': 'expired' });
  });

  it('answers a command again as it did the first time, in either Region', async () => {
    const { body: made } = await reserve('r-1');
    expect(await reserve('r-1', service.secondary)).toMatchObject({ status: 200, body: made });
    const { body: known } = await report('p-1', 'r-1');
    expect(await report('p-1', 'r-1', service.primary)).toMatchObject({ status: 200, body: known });
    expect(await freeSeats()).toMatchObject({ free: 98 });
    expect(await report('p-2', 'r-2')).toMatchObject({ status: 404 });
  });
});
