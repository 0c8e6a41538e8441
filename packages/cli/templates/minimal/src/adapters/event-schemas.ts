import * as v from 'valibot';

/** It takes fields that it does not know, so that a later release may add some. */
export const orderPlaced = v.object({
  id: v.string(),
  product: v.string(),
  quantity: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
