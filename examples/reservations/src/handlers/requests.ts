import * as v from 'valibot';

const id = v.pipe(v.string(), v.minLength(1), v.maxLength(64));

/** A request names its operation. `key` makes a command that is sent again a replay. */
export const reservationsRequest = v.variant('operation', [
  v.object({
    operation: v.literal('reserve'),
    key: id,
    show: id,
    customer: id,
    seats: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8)),
  }),
  v.object({
    operation: v.literal('report-payment'),
    key: id,
    reservation: id,
    outcome: v.picklist(['received', 'declined']),
  }),
  v.object({ operation: v.literal('reservation'), id }),
  v.object({ operation: v.literal('payment'), id }),
  v.object({ operation: v.literal('show'), id }),
]);
