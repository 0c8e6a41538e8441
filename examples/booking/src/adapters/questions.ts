import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Reads that no decision depends on. Each answers `undefined` where there is nothing. */
export const createQuestions = (db: Kysely<Tables>) => ({
  reservation: (id: string) =>
    db.selectFrom('booking.reservations').selectAll().where('id', '=', id).executeTakeFirst(),
  /** `reserved` is the count of the consumer, and comes after the others. */
  show: (id: string) =>
    db
      .selectFrom('booking.shows as show')
      .leftJoin('booking.occupancy as occupancy', 'occupancy.show', 'show.id')
      .select(['show.id', 'show.seats', 'show.free'])
      .select(({ fn, lit }) => fn.coalesce('occupancy.seats', lit(0)).as('reserved'))
      .where('show.id', '=', id)
      .executeTakeFirst(),
});
