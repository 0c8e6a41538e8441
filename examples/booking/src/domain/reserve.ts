import { accept, type Decision, type RunContext, refuse, type WorkRunner } from 'antipode/domain';
import type { Booking, BookingQuery, Reservation, SeatsReserved } from './bookings.ts';

/** Seats of one reservation, so that nobody buys out a show in one request. */
export const seatsMax = 8;

/** `key` is the request's, and becomes the id of the reservation. */
export type Reserve = {
  readonly key: string;
  readonly show: string;
  readonly customer: string;
  readonly seats: number;
};

type Refusal = 'ShowNotFound' | 'TooManySeats' | 'SoldOut' | 'ReservationExists';

export const decideReserve = (
  { show, reservation }: Booking,
  command: Reserve,
): Decision<Booking, Reservation, SeatsReserved, Refusal> => {
  const { key: id, customer, seats } = command;
  if (reservation) return refuse('ReservationExists', `Reservation ${id} exists: use a new key`);
  if (!show) return refuse('ShowNotFound', `There is no show ${command.show}`);
  if (seats > seatsMax) return refuse('TooManySeats', `Reserve at most ${seatsMax} seats`);
  if (seats > show.free) return refuse('SoldOut', `${show.free} seats are left`);
  const changed = { ...show, free: show.free - seats, version: show.version + 1 };
  const result: Reservation = { id, show: show.id, customer, seats, status: 'reserved' };
  const event: SeatsReserved = {
    type: 'SeatsReserved',
    schemaVersion: 1,
    subject: show.id,
    aggregateVersion: changed.version,
    data: { reservation: id, show: show.id, customer, seats },
  };
  return accept({ state: { show: changed, reservation: result }, events: [event], result });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createReserve =
  (bookings: WorkRunner<BookingQuery, Booking, SeatsReserved>) =>
  (command: Reserve, run: RunContext) => {
    const { key, show, customer, seats } = command;
    const fingerprint = JSON.stringify(['reserve', show, customer, seats]);
    return bookings.run({
      ...run,
      once: { kind: 'command', key, fingerprint },
      load: { reservation: key, show },
      decide: (state) => decideReserve(state, command),
    });
  };
