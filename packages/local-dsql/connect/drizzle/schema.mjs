import { pgTable, text, uuid } from 'drizzle-orm/pg-core';

export const notes = pgTable('drizzle_notes', {
  id: uuid().primaryKey().defaultRandom(),
  note: text(),
});
