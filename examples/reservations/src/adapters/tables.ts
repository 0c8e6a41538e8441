import type { Payment, Reservation, Show } from '../domain/reservations.ts';

/** The service's tables as Kysely sees them. Columns have the names of the domain's fields. */
export type Tables = {
  readonly 'reservations.shows': Show;
  readonly 'reservations.reservations': Reservation;
  readonly 'reservations.payments': Payment;
};
