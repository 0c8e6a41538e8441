import { accept, type Decision, type RunContext, refuse, type WorkRunner } from 'antipode/domain';
import type { Booking, BookingQuery, Reservation, SeatsReleased } from './bookings.ts';

/** `key` is the request's own, not that of the reservation. */
export type Cancel = { readonly key: string; readonly reservation: string };

export const decideCancel = (
  { show, reservation }: Booking,
  command: Cancel,
): Decision<Booking, Reservation, SeatsReleased, 'ReservationNotFound' | 'AlreadyCancelled'> => {
  if (!show || !reservation) {
    return refuse('ReservationNotFound', `There is no reservation ${command.reservation}`);
  }
  const { id, seats } = reservation;
  if (reservation.status === 'cancelled') {
    return refuse('AlreadyCancelled', `Reservation ${id} is cancelled already`);
  }
  const changed = { ...show, free: show.free + seats, version: show.version + 1 };
  const result: Reservation = { ...reservation, status: 'cancelled' };
  const event: SeatsReleased = {
    type: 'SeatsReleased',
    schemaVersion: 1,
    subject: show.id,
    aggregateVersion: changed.version,
    data: { reservation: id, show: show.id, seats },
  };
  return accept({ state: { show: changed, reservation: result }, events: [event], result });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createCancel =
  (bookings: WorkRunner<BookingQuery, Booking, SeatsReleased>) =>
  (command: Cancel, run: RunContext) => {
    const { key, reservation } = command;
    return bookings.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['cancel', reservation]) },
      load: { reservation },
      decide: (state) => decideCancel(state, command),
    });
  };
