import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** Reads that no decision depends on. Each answers `undefined` where there is nothing. */
export const createQuestions = (db: Kysely<Tables>) => ({
  /** Comes a little later than its order. */
  shipment: (order: string) =>
    db.selectFrom('web_shop.shipments').selectAll().where('id', '=', order).executeTakeFirst(),
});
