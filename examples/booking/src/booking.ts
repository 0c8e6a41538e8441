import { defineService } from 'antipode/domain';
import type { ServiceParts } from 'antipode/handlers';
import { seatsReleased, seatsReserved } from './adapters/event-schemas.ts';

/** The service: its handlers, migrations, stacks and types are derived from this value. */
export const booking = defineService({
  name: 'booking',
  source: 'shop.booking',
  schema: 'booking',
  // Loaded by the function that migrates, so that no other function carries it.
  migrations: async () => (await import('./adapters/migrations.ts')).migrations,
  events: {
    SeatsReserved: { version: 1, schema: seatsReserved, scope: 'all-regions' },
    SeatsReleased: { version: 1, schema: seatsReleased },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});

/** The parts that its functions are wired from. */
export type Parts = ServiceParts<typeof booking>;
