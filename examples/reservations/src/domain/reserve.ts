import { accept, type Decision, type RunContext, refuse, type WorkRunner } from 'antipode/domain';
import type {
  Booking,
  BookingQuery,
  PaymentDue,
  Reservation,
  SeatsReserved,
} from './reservations.ts';

/** `key` is the request's, and becomes the id of the reservation. */
export type Reserve = {
  readonly key: string;
  readonly show: string;
  readonly customer: string;
  readonly seats: number;
};

type Refusal = 'ShowNotFound' | 'SoldOut' | 'ReservationExists';

/** The first timeout commits with its reservation: none waits for ever. */
export const decideReserve = (
  { show, reservation }: Booking,
  { key: id, customer, seats, ...asked }: Reserve,
  notBefore: number,
): Decision<Booking, Reservation, SeatsReserved | PaymentDue, Refusal> => {
  if (reservation) return refuse('ReservationExists', `Reservation ${id} exists: use a new key`);
  if (!show) return refuse('ShowNotFound', `There is no show ${asked.show}`);
  if (seats > show.free) return refuse('SoldOut', `${show.free} seats are left`);
  const made: Reservation = {
    ...{ id, show: show.id, customer, seats },
    ...{ status: 'unpaid', declined: 0, version: 2 },
  };
  const about = { schemaVersion: 1, subject: id } as const;
  const reserved: SeatsReserved = {
    ...{ ...about, type: 'SeatsReserved', aggregateVersion: 1 },
    data: { reservation: id, show: show.id, customer, seats },
  };
  const due: PaymentDue = {
    ...{ ...about, type: 'PaymentDue', aggregateVersion: made.version },
    data: { reservation: id },
    notBefore,
  };
  const state = { show: { ...show, free: show.free - seats }, reservation: made };
  return accept({ state, events: [reserved, due], result: made });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createReserve =
  (bookings: WorkRunner<BookingQuery, Booking, SeatsReserved | PaymentDue>, paymentMsMax: number) =>
  (command: Reserve, run: RunContext) => {
    const { key, show, customer, seats } = command;
    const fingerprint = JSON.stringify(['reserve', show, customer, seats]);
    return bookings.run({
      ...run,
      once: { kind: 'command', key, fingerprint },
      load: { reservation: key, show },
      decide: (state) => decideReserve(state, command, run.now + paymentMsMax),
    });
  };
