import { booking } from '../../../examples/booking/src/booking.ts';
import { reservations } from '../../../examples/reservations/src/reservations.ts';
import type { DeclaredService } from '../../../src/domain/kernel/index.ts';

/** The services of the examples, as their apps declare them. */
export const exampleServices: Readonly<Record<string, DeclaredService>> = { booking, reservations };
