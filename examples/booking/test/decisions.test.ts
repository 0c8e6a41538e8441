import { accept } from 'antipode/domain';
import { consumerOf, decisionOf } from 'antipode/testing';
import { describe, it } from 'vitest';
import { booking } from '../src/booking.ts';
import type { Reservation, Show } from '../src/domain/bookings.ts';
import { decideCancel } from '../src/domain/cancel.ts';
import { count } from '../src/domain/occupancy.ts';
import { decideReserve, seatsMax } from '../src/domain/reserve.ts';

const show: Show = { id: 'hamlet', seats: 10, free: 3, version: 7 };
const who = { show: 'hamlet', customer: 'ada' };
const reservation: Reservation = { id: 'r-1', ...who, seats: 2, status: 'reserved' };
const command = { key: 'r-1', ...who, seats: 2 };

describe('a reservation', () => {
  const reserve = decisionOf(booking, decideReserve);
  const open = { show, reservation: undefined };

  it('takes its seats from those that are free', () => {
    reserve
      .given(open)
      .when(command)
      .thenState({ show: { ...show, free: 1, version: 8 }, reservation })
      .thenResult(reservation)
      .thenEvents({
        type: 'SeatsReserved',
        subject: 'hamlet',
        aggregateVersion: 8,
        data: { reservation: 'r-1', ...who, seats: 2 },
      });
  });

  it('may take the last seats, and no more', () => {
    reserve
      .given(open)
      .when({ ...command, seats: 3 })
      .thenResult({ ...reservation, seats: 3 });
    reserve
      .given(open)
      .when({ ...command, seats: 4 })
      .thenRefused('SoldOut');
  });

  it('has at most eight seats', () => {
    const large = reserve.given({ ...open, show: { ...show, free: 100 } });
    large.when({ ...command, seats: seatsMax }).thenResult({ ...reservation, seats: seatsMax });
    large.when({ ...command, seats: seatsMax + 1 }).thenRefused('TooManySeats');
  });

  it('needs a show that exists, and a key that has made no other reservation', () => {
    reserve
      .given({ ...open, show: undefined })
      .when(command)
      .thenRefused('ShowNotFound');
    reserve.given({ show, reservation }).when(command).thenRefused('ReservationExists');
  });
});

describe('a cancellation', () => {
  const cancel = decisionOf(booking, decideCancel);
  const asked = { key: 'c-1', reservation: 'r-1' };
  const cancelled: Reservation = { ...reservation, status: 'cancelled' };

  it('frees the seats of its reservation', () => {
    cancel
      .given({ show, reservation })
      .when(asked)
      .thenState({ show: { ...show, free: 5, version: 8 }, reservation: cancelled })
      .thenResult(cancelled)
      .thenEvents({
        type: 'SeatsReleased',
        aggregateVersion: 8,
        data: { reservation: 'r-1', show: 'hamlet', seats: 2 },
      });
  });

  it('is refused of a reservation that is unknown, or cancelled already', () => {
    const nothing = { show: undefined, reservation: undefined };
    cancel.given(nothing).when(asked).thenRefused('ReservationNotFound');
    cancel.given({ show, reservation: cancelled }).when(asked).thenRefused('AlreadyCancelled');
  });
});

it('counts the same where a release comes before its reservation', () => {
  const data = { reservation: 'r-1', show: 'hamlet', seats: 2 };
  consumerOf(booking, 'occupancy', {
    empty: { show: 'hamlet', reservations: 0, seats: 0 },
    decide: (known, event) => accept({ state: count(known, event), events: [], result: null }),
  })
    .given(
      { type: 'SeatsReserved', data: { ...data, customer: 'ada' } },
      { type: 'SeatsReleased', data },
    )
    .inAnyOrder();
});
