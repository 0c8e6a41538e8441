import { number, object, string } from 'valibot';
import { expectTypeOf } from 'vitest';
import { accept, type Decision, defineService } from '../../../src/domain/kernel/index.ts';
import { consumerOf } from '../../../src/testing/index.ts';
import { booking } from '../booking.ts';

const silent = consumerOf(booking, 'occupancy', {
  empty: 0,
  decide: (seats: number, event) => {
    expectTypeOf(event.type).toEqualTypeOf<'SeatsReserved' | 'ShowClosed'>();
    return accept<number, null, never>({ state: seats, events: [], result: null });
  },
});
const data = { show: 'hamlet', seats: 1 };
silent
  .given({ type: 'SeatsReserved', data })
  .when({ type: 'ShowClosed', data: { show: 'hamlet' } });
silent.given({
  type: 'SeatsReserved',
  schemaVersion: 2,
  data,
  at: 0,
  id: 'e-1',
  subject: 'hamlet',
});
// @ts-expect-error data of another event
silent.when({ type: 'SeatsReserved', data: { show: 'hamlet' } });
// @ts-expect-error a version without an upcast
silent.when({ type: 'SeatsReserved', schemaVersion: 1, data });
// @ts-expect-error an event that nobody declares
silent.when({ type: 'SeatsSold', data });
// @ts-expect-error an event that it never emits
silent.when({ type: 'SeatsReserved', data }).thenEvents({ type: 'SeatsReserved', data });
// @ts-expect-error a consumer that is not declared
consumerOf(booking, 'audit', {
  empty: 0,
  decide: () => accept({ state: 0, events: [], result: 0 }),
});

declare const refusing: (state: number) => Decision<number, null, never, 'Full'>;
const notices = consumerOf(booking, 'notices', { empty: 0, decide: refusing });
notices.when({ type: 'SeatsReserved', data }).thenRefused('Full');
// @ts-expect-error a code that the decision does not have
notices.when({ type: 'SeatsReserved', data }).thenRefused('Fulll');
// @ts-expect-error an event that another consumer listens to
notices.when({ type: 'ShowClosed', data: { show: 'hamlet' } });

const box = defineService({
  name: 'box',
  source: 'shop.box',
  schema: 'box',
  migrations: [],
  events: {
    SeatsSold: {
      version: 2,
      schema: object({ seats: number(), show: string() }),
      upcast: { 1: (old: { readonly seat: string }) => ({ seats: 1, show: old.seat }) },
    },
  },
  consumers: { count: { on: ['SeatsSold'] } },
});
const count = consumerOf(box, 'count', {
  empty: 0,
  decide: (seats: number) => accept({ state: seats, events: [], result: null }),
});
count.given({ type: 'SeatsSold', schemaVersion: 1, data: { seat: 'a-1' } });
count.given({ type: 'SeatsSold', data: { seats: 1, show: 'hamlet' } });
// @ts-expect-error the data of the older version under the newest one
count.given({ type: 'SeatsSold', data: { seat: 'a-1' } });
// @ts-expect-error the data of the newest version under the older one
count.given({ type: 'SeatsSold', schemaVersion: 1, data: { seats: 1, show: 'hamlet' } });
