import { defineService, type Schema } from '../../../src/domain/kernel/index.ts';

const schema: Schema<unknown> = {
  '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value }) },
};

/** A small service with a consumer of each kind. */
export const booking = defineService({
  name: 'booking',
  source: 'shop.booking',
  schema: 'seats',
  migrations: [],
  events: {
    SeatsReserved: { version: 1, schema, scope: 'all-regions' },
    SeatsReleased: { version: 1, schema },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'SeatsReleased'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});

/** A service of the same parts under another name. */
export const parking = defineService({ ...booking, name: 'parking', source: 'shop.parking' });
