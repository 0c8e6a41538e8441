import type { Reservation, Show } from '../domain/bookings.ts';
import type { Notice } from '../domain/notices.ts';
import type { Occupancy } from '../domain/occupancy.ts';

/** The service's tables as Kysely sees them. Columns have the names of the domain's fields. */
export type Tables = {
  readonly 'booking.shows': Show;
  readonly 'booking.reservations': Reservation;
  readonly 'booking.occupancy': Occupancy;
  readonly 'booking.notices': Notice;
};
