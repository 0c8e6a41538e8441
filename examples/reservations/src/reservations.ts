import { defineService } from 'antipode/domain';
import type { ServiceParts } from 'antipode/handlers';
import { ofPayment, ofReservation, seatsReserved } from './adapters/event-schemas.ts';

/** The service: its handlers, migrations, stacks and types are derived from this value. */
export const reservations = defineService({
  name: 'reservations',
  source: 'shop.reservations',
  schema: 'reservations',
  // Loaded by the function that migrates, so that no other function carries it.
  migrations: async () => (await import('./adapters/migrations.ts')).migrations,
  events: {
    SeatsReserved: { version: 1, schema: seatsReserved },
    PaymentReceived: { version: 1, schema: ofPayment },
    PaymentDeclined: { version: 1, schema: ofPayment },
    PaymentDue: { version: 1, schema: ofReservation },
    ReservationPaid: { version: 1, schema: ofPayment },
    ReservationExpired: { version: 1, schema: ofReservation },
    PaymentReturned: { version: 1, schema: ofPayment },
  },
  consumers: {
    payments: { on: ['PaymentReceived', 'PaymentDeclined', 'PaymentDue'], publishes: true },
  },
});

/** The parts that its functions are wired from. */
export type Parts = ServiceParts<typeof reservations>;
