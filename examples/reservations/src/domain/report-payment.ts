import { accept, type Decision, type RunContext, refuse, type WorkRunner } from 'antipode/domain';
import type { Booking, BookingQuery, Payment, PaymentReported } from './reservations.ts';

/** The provider's report of a payment. `key` is the provider's id of it. */
export type ReportPayment = {
  readonly key: string;
  readonly reservation: string;
  readonly outcome: 'received' | 'declined';
};

const types = { received: 'PaymentReceived', declined: 'PaymentDeclined' } as const;

/** Money that has come is never refused: the process decides whether it came in time. */
export const decideReport = (
  { reservation, payment }: Booking,
  { key: id, outcome, ...asked }: ReportPayment,
): Decision<Booking, Payment, PaymentReported, 'ReservationNotFound' | 'PaymentExists'> => {
  if (payment) return refuse('PaymentExists', `Payment ${id} is known: use a new key`);
  if (!reservation) {
    return refuse('ReservationNotFound', `There is no reservation ${asked.reservation}`);
  }
  const made: Payment = { id, reservation: reservation.id, status: outcome };
  const event: PaymentReported = {
    type: types[outcome],
    schemaVersion: 1,
    subject: id,
    aggregateVersion: 1,
    data: { reservation: reservation.id, payment: id },
  };
  return accept({ state: { payment: made }, events: [event], result: made });
};

/** Takes effect once per key, in whichever Region it is sent. */
export const createReportPayment =
  (bookings: WorkRunner<BookingQuery, Booking, PaymentReported>) =>
  (command: ReportPayment, run: RunContext) => {
    const { key, reservation, outcome } = command;
    return bookings.run({
      ...run,
      once: { kind: 'command', key, fingerprint: JSON.stringify(['pay', reservation, outcome]) },
      load: { reservation, payment: key },
      decide: (state) => decideReport(state, command),
    });
  };
