import { createBookings } from '../adapters/repositories.ts';
import { paymentMsMax } from '../config.ts';
import { watchPayments } from '../domain/payment-process.ts';
import type { Parts } from '../reservations.ts';

export const payments = ({ db, runner }: Parts) =>
  watchPayments(runner(createBookings(db())), paymentMsMax);
