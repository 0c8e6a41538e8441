import type { DomainEvent } from 'antipode/domain';

/** A show, and how many of its seats are free. */
export type Show = { readonly id: string; readonly seats: number; readonly free: number };

/** The state of the process. Its version grows by one with each event about the reservation. */
export type Reservation = {
  readonly id: string;
  readonly show: string;
  readonly customer: string;
  readonly seats: number;
  readonly status: 'unpaid' | 'paid' | 'expired';
  /** Payments that failed: the first one gives the customer more time. */
  readonly declined: number;
  readonly version: number;
};

/** A payment as its provider reports it. Money that came too late, or twice, is paid back. */
export type Payment = {
  readonly id: string;
  readonly reservation: string;
  readonly status: 'received' | 'declined' | 'accepted' | 'returned';
};

/** The state of a decision, where its parts exist; after it, the parts that have changed. */
export type Booking = {
  readonly show?: Show | undefined;
  readonly reservation?: Reservation | undefined;
  readonly payment?: Payment | undefined;
};

/** Without a `show`, the show of the reservation is loaded. */
export type BookingQuery = {
  readonly reservation: string;
  readonly show?: string;
  readonly payment?: string;
};

type About<Type extends string, Data = unknown> = DomainEvent<
  Type,
  { readonly reservation: string } & Data,
  1
>;

type OfPayment = { readonly payment: string };

export type SeatsReserved = About<
  'SeatsReserved',
  { readonly show: string; readonly customer: string; readonly seats: number }
>;

export type PaymentReported = About<'PaymentReceived' | 'PaymentDeclined', OfPayment>;

/** The timeout: the process emits it for itself, for later. */
export type PaymentDue = About<'PaymentDue'>;

export type ReservationPaid = About<'ReservationPaid', OfPayment>;

export type ReservationExpired = About<'ReservationExpired'>;

export type PaymentReturned = About<'PaymentReturned', OfPayment>;
