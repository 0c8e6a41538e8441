import {
  createTestService,
  startTestDatabase,
  type TestDatabase,
  type TestService,
} from 'antipode/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBookings } from '../src/adapters/repositories.ts';
import type { Tables } from '../src/adapters/tables.ts';
import { booking } from '../src/booking.ts';
import { createCancel } from '../src/domain/cancel.ts';
import { createReserve } from '../src/domain/reserve.ts';
import { createBookingApi } from '../src/handlers/booking-api.ts';
import { notices, occupancy } from '../src/handlers/consumers.ts';

let database: TestDatabase;
let service: TestService<typeof booking>;
beforeAll(async () => {
  database = await startTestDatabase(booking);
  service = createTestService(booking, database, { consumers: { occupancy, notices } });
}, 120_000);
beforeEach(() => service.reset());
afterAll(() => database?.stop());

type Region = TestService<typeof booking>['primary'];

const reserveIn = ({ db, runner, run }: Region, key: string, seats: number, show = 'hamlet') =>
  createReserve(runner(createBookings(db())))({ key, show, customer: `of ${key}`, seats }, run());

const cancelIn = ({ db, runner, run }: Region, key: string, reservation: string) =>
  createCancel(runner(createBookings(db())))({ key, reservation }, run());

const db = () => database.primary.db<Tables>();

const freeSeats = async (): Promise<number | undefined> => {
  const shows = db().selectFrom('booking.shows').select('free').where('id', '=', 'hamlet');
  return (await shows.executeTakeFirst())?.free;
};

describe('a command', () => {
  it('takes effect once, in whichever Region it is repeated', async () => {
    const { primary, secondary } = service;
    const first = await reserveIn(primary, 'r-1', 2);
    const again = await reserveIn(secondary, 'r-1', 2);
    expect(first).toMatchObject({ status: 'committed', result: { id: 'r-1', seats: 2 } });
    expect(again).toMatchObject({ status: 'replayed', result: { id: 'r-1', seats: 2 } });
    expect(await freeSeats()).toBe(98);
  });

  it('with a known key and another content changes nothing', async () => {
    await reserveIn(service.primary, 'r-1', 2);
    expect(await reserveIn(service.secondary, 'r-1', 3)).toEqual({ status: 'mismatched' });
    expect(await cancelIn(service.primary, 'r-1', 'r-1')).toEqual({ status: 'mismatched' });
    expect(await freeSeats()).toBe(98);
    await cancelIn(service.primary, 'c-1', 'r-1');
    expect(await cancelIn(service.primary, 'c-1', 'r-2')).toEqual({ status: 'mismatched' });
  });

  it('cancels in one Region what was reserved in the other, and only once', async () => {
    await reserveIn(service.primary, 'r-1', 2);
    expect(await cancelIn(service.secondary, 'c-1', 'r-1')).toMatchObject({ status: 'committed' });
    expect(await cancelIn(service.primary, 'c-1', 'r-1')).toMatchObject({ status: 'replayed' });
    expect(await cancelIn(service.primary, 'c-2', 'r-1')).toMatchObject({ status: 'refused' });
    expect(await freeSeats()).toBe(100);
  });

  it('sells no seat twice to customers of both Regions who want the last ones', async () => {
    const { primary, secondary } = service;
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, (_, at) => reserveIn(at % 2 ? primary : secondary, `r-${at}`, 8)),
    );
    expect(outcomes.filter(({ status }) => status === 'committed')).toHaveLength(12);
    expect(outcomes.filter(({ status }) => status === 'refused')).toHaveLength(4);
    expect(await freeSeats()).toBe(4);
  });
});

describe('the consumers', () => {
  it('count each event once, in any order, however often it comes', async () => {
    await reserveIn(service.primary, 'r-1', 2);
    await reserveIn(service.secondary, 'r-2', 3);
    await cancelIn(service.secondary, 'c-1', 'r-1');
    await service.deliver({ copies: 2, reorder: (deliveries) => deliveries.toReversed() });
    expect(await db().selectFrom('booking.occupancy').selectAll().execute()).toEqual([
      { show: 'hamlet', reservations: 1, seats: 3 },
    ]);
  });

  it('write a notice of a reservation in the other Region alone', async () => {
    await reserveIn(service.primary, 'r-1', 2);
    const delivered = await service.deliver({ copies: 2 });
    const noticed = delivered.filter(({ consumer }) => consumer === 'notices');
    expect(noticed.map(({ region, status }) => [region, status])).toEqual([
      ['us-west-2', 'committed'],
      ['us-west-2', 'replayed'],
    ]);
    expect(await db().selectFrom('booking.notices').selectAll().execute()).toEqual([
      {
        reservation: 'r-1',
        region: 'us-east-1',
        text: 'of r-1 has reserved 2 seats of hamlet in us-east-1',
      },
    ]);
  });

  it('get the events of a command that could not reach the bus', async () => {
    service.bus.setReachable(false);
    expect(await reserveIn(service.primary, 'r-1', 2)).toMatchObject({ status: 'committed' });
    service.bus.setReachable(true);
    expect((await service.settle()).deliveries).toHaveLength(2);
  });

  it('get an event later that the bus has rejected twice', async () => {
    service.bus.setRejection(() => ({ retryable: true, reason: 'busy' }));
    await reserveIn(service.primary, 'r-1', 2);
    expect(await service.relay()).toBe(0);
    service.bus.setRejection();
    // An hour is longer than any wait of the relay.
    expect((await service.settle({ withinMs: 3_600_000 })).deliveries).toHaveLength(2);
  });
});

it('causes the same in both Regions when a function dies after its COMMIT', async () => {
  service.failures.crashNext('after-commit', 'r-1');
  await expect(reserveIn(service.primary, 'r-1', 2)).rejects.toThrow('crashed');
  service.failures.crashNext('after-commit', 'occupancy');
  const { tree } = await service.settle();
  expect(tree).toEqual([
    expect.stringMatching(/^r-1 in us-east-1: failed/),
    expect.stringMatching(/^ {2}SeatsReserved of hamlet, by the relay of us-east-1/),
    expect.stringMatching(/^ {4}occupancy in us-east-1: failed/),
    expect.stringMatching(/^ {4}notices in us-west-2: committed/),
    expect.stringMatching(/^ {4}occupancy in us-east-1: replayed/),
  ]);
});

describe('the API', () => {
  const ask = (payload: object, idempotencyKey?: string) =>
    createBookingApi(service.primary)(payload, service.primary.run(), {
      requestId: 'request-1',
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    });
  const reserve = { operation: 'reserve', show: 'hamlet', customer: 'ada', seats: 2 };

  it('answers commands and questions', async () => {
    const made = { id: 'r-1', show: 'hamlet', customer: 'ada', seats: 2, status: 'reserved' };
    expect(await ask(reserve, 'r-1')).toEqual({ status: 200, body: made });
    const reservation = { operation: 'reservation', reservation: 'r-1' };
    expect(await ask(reservation)).toEqual({ status: 200, body: made });
    const show = { operation: 'show', show: 'hamlet' };
    const body = { id: 'hamlet', seats: 100, free: 98 };
    expect(await ask(show)).toEqual({ status: 200, body: { ...body, reserved: 0 } });
    await service.deliver();
    expect(await ask(show)).toEqual({ status: 200, body: { ...body, reserved: 2 } });
    const cancel = { operation: 'cancel', key: 'c-1', reservation: 'r-1' };
    expect(await ask(cancel)).toEqual({ status: 200, body: { ...made, status: 'cancelled' } });
  });

  it.each([
    ['a show that is unknown', { ...reserve, key: 'r-1', show: 'lear' }, 404],
    ['too many seats', { ...reserve, key: 'r-1', seats: 9 }, 422],
    ['a reservation that is unknown', { operation: 'cancel', key: 'c', reservation: 'no' }, 404],
    ['a question about nothing', { operation: 'show', show: 'lear' }, 404],
  ])('refuses %s', async (_, payload, status) => {
    expect(await ask(payload)).toMatchObject({ status });
  });

  it.each([
    ['without a key', reserve],
    ['for half a seat', { ...reserve, key: 'r-1', seats: 0.5 }],
    ['of an unknown operation', { operation: 'sell' }],
  ])('takes no request %s', async (_, payload) => {
    await expect(ask(payload)).rejects.toThrow('does not fit its schema');
  });
});
