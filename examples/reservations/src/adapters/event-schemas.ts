import * as v from 'valibot';

/** A schema takes fields that it does not know, so that a later release may add some. */
export const ofReservation = v.object({ reservation: v.string() });

export const ofPayment = v.object({ reservation: v.string(), payment: v.string() });

export const seatsReserved = v.object({
  ...ofReservation.entries,
  show: v.string(),
  customer: v.string(),
  seats: v.pipe(v.number(), v.integer(), v.minValue(1)),
});
