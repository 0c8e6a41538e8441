import { defineService } from 'antipode/domain';
import type { ServiceParts } from 'antipode/handlers';
import { orderPlaced } from './adapters/event-schemas.ts';

/** The service: its handlers, migrations, stacks and types are derived from this value. */
export const service = defineService({
  name: 'web-shop',
  source: 'web-shop',
  schema: 'web_shop',
  // Loaded by the function that migrates, so that no other function carries it.
  migrations: async () => (await import('./adapters/migrations.ts')).migrations,
  events: { OrderPlaced: { version: 1, schema: orderPlaced } },
  consumers: {},
});

/** The parts that its functions are wired from. */
export type Parts = ServiceParts<typeof service>;
