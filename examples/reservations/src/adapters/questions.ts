import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Reads that no decision depends on. Each answers `undefined` where there is nothing. */
export const createQuestions = (db: Kysely<Tables>) => ({
  reservation: (id: string) =>
    db.selectFrom('reservations.reservations').selectAll().where('id', '=', id).executeTakeFirst(),
  payment: (id: string) =>
    db.selectFrom('reservations.payments').selectAll().where('id', '=', id).executeTakeFirst(),
  show: (id: string) =>
    db.selectFrom('reservations.shows').selectAll().where('id', '=', id).executeTakeFirst(),
});
