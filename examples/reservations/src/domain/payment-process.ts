import {
  accept,
  type ConsumerContext,
  type Decision,
  type EventEnvelope,
  type WorkRunner,
} from 'antipode/domain';
import type * as Events from './reservations.ts';
import type { Booking, BookingQuery, Reservation } from './reservations.ts';

type Heard =
  | EventEnvelope<'PaymentReceived' | 'PaymentDeclined', Events.PaymentReported['data']>
  | EventEnvelope<'PaymentDue', Events.PaymentDue['data']>;

type Emitted =
  | Events.PaymentDue
  | Events.ReservationPaid
  | Events.ReservationExpired
  | Events.PaymentReturned;

/** A payment that failed gives the customer as much time again, and no second one does. */
const declinedMax = 1;

const nothing = accept<Booking, null, never>({ state: {}, events: [], result: null });

/**
 * Pure. Events come in any order and more than once. A timeout counts only for the version that it
 * was emitted in: the reservation has changed since any other one.
 */
export const decideNext = (
  { show, reservation, payment }: Booking,
  event: Pick<Heard, 'type' | 'aggregateversion'>,
  notBefore: number,
): Decision<Booking, null, Emitted> => {
  if (!show || !reservation) return nothing;
  const { status, declined, version } = reservation;
  const isUnpaid = status === 'unpaid';
  const about = {
    schemaVersion: 1,
    subject: reservation.id,
    aggregateVersion: version + 1,
  } as const;
  const data = { reservation: reservation.id };
  const moved = (change: Partial<Reservation>, emitted: Emitted, rest: Booking = {}) => {
    const next = { ...reservation, version: about.aggregateVersion, ...change };
    return accept({ state: { ...rest, reservation: next }, events: [emitted], result: null });
  };
  switch (event.type) {
    case 'PaymentDeclined': {
      if (!isUnpaid || declined === declinedMax) return nothing;
      const due: Events.PaymentDue = { ...about, type: 'PaymentDue', data, notBefore };
      return moved({ declined: declined + 1 }, due);
    }
    case 'PaymentDue': {
      if (!isUnpaid || event.aggregateversion !== version) return nothing;
      const freed = { ...show, free: show.free + reservation.seats };
      const emitted: Events.ReservationExpired = { ...about, type: 'ReservationExpired', data };
      return moved({ status: 'expired' }, emitted, { show: freed });
    }
    case 'PaymentReceived': {
      if (payment?.status !== 'received') return nothing;
      const paid = { ...data, payment: payment.id };
      if (isUnpaid) {
        const emitted: Events.ReservationPaid = { ...about, type: 'ReservationPaid', data: paid };
        return moved({ status: 'paid' }, emitted, { payment: { ...payment, status: 'accepted' } });
      }
      const back: Events.PaymentReturned = {
        ...{ type: 'PaymentReturned', schemaVersion: 1, data: paid },
        ...{ subject: payment.id, aggregateVersion: event.aggregateversion + 1 },
      };
      const state = { payment: { ...payment, status: 'returned' } } as const;
      return accept({ state, events: [back], result: null });
    }
  }
};

/** The process manager: a consumer whose state is the row of its reservation. */
export const watchPayments =
  (bookings: WorkRunner<BookingQuery, Booking, Emitted>, paymentMsMax: number) =>
  (event: Heard, run: ConsumerContext) => {
    const { reservation } = event.data;
    const query = 'payment' in event.data ? { payment: event.data.payment } : {};
    return bookings.run({
      ...run,
      load: { reservation, ...query },
      decide: (state) => decideNext(state, event, run.now + paymentMsMax),
    });
  };
