import type { DomainEvent } from 'antipode/domain';

/** A show, and how many of its seats are free. Its version grows by one with each event. */
export type Show = {
  readonly id: string;
  readonly seats: number;
  readonly free: number;
  readonly version: number;
};

export type Reservation = {
  readonly id: string;
  readonly show: string;
  readonly customer: string;
  readonly seats: number;
  readonly status: 'reserved' | 'cancelled';
};

/** The state of a decision: the show and the reservation, where they exist. */
export type Booking = {
  readonly show: Show | undefined;
  readonly reservation: Reservation | undefined;
};

/** Without a `show`, the show of the reservation is loaded. */
export type BookingQuery = { readonly reservation: string; readonly show?: string };

type Seats = { readonly reservation: string; readonly show: string; readonly seats: number };

export type SeatsReserved = DomainEvent<'SeatsReserved', Seats & { readonly customer: string }, 1>;

export type SeatsReleased = DomainEvent<'SeatsReleased', Seats, 1>;
