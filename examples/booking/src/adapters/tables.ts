import type { Reservation, Show } from '../domain/bookings.ts';
import type { Notice } from '../domain/notices.ts';
import type { Occupancy } from '../domain/occupancy.ts';

/**
 * The service's tables as Kysely sees them. Their columns are named as the fields of the domain
 * are.
 */
export type Tables = {
  readonly 'booking.shows': Show;
  readonly 'booking.reservations': Reservation;
  readonly 'booking.occupancy': Occupancy;
  readonly 'booking.notices': Notice;
};
