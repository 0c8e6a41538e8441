import * as v from 'valibot';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** A request names its operation. `key` makes a command that is sent again a replay. */
export const apiRequest = v.variant('operation', [
  v.object({
    operation: v.literal('place'),
    key: id,
    product: id,
    quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
  }),
  v.object({ operation: v.literal('shipment'), order: id }),
]);
