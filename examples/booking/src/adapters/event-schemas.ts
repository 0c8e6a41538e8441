import * as v from 'valibot';

const seats = v.pipe(v.number(), v.integer(), v.minValue(1));

/** A schema takes fields that it does not know, so that a later release may add some. */
export const seatsReleased = v.object({ reservation: v.string(), show: v.string(), seats });

export const seatsReserved = v.object({ ...seatsReleased.entries, customer: v.string() });
