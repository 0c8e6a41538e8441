import {
  array,
  check,
  description,
  exactOptional,
  integer,
  minValue,
  number,
  object,
  picklist,
  pipe,
  string,
} from 'valibot';
import { defineService } from '../../../../../src/domain/kernel/index.ts';

type ReservedV1 = { readonly show: string; readonly seat: string };

/** A service with an event of each kind, as its own module exports it. */
export const booking = defineService({
  name: 'booking',
  source: 'shop.booking',
  schema: 'booking',
  migrations: [],
  events: {
    SeatsReserved: {
      version: 2,
      description: 'Somebody has reserved seats | of a show.',
      scope: 'all-regions',
      schema: object({
        show: pipe(string(), description('The play')),
        seats: array(
          object({ row: picklist(['a', 'b']), at: pipe(number(), integer(), minValue(1)) }),
        ),
        by: exactOptional(
          pipe(
            string(),
            check((text) => text !== 'nobody'),
          ),
        ),
      }),
      upcast: {
        1: ({ show }: ReservedV1): { show: string; seats: { row: 'a' | 'b'; at: number }[] } => ({
          show,
          seats: [{ row: 'a', at: 1 }],
        }),
      },
    },
    'shop/Closed': { version: 1, schema: object({ show: string() }) },
  },
  consumers: {
    occupancy: { on: ['SeatsReserved', 'shop/Closed'] },
    notices: { on: ['SeatsReserved'], of: 'other-region' },
  },
});
