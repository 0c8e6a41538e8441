import type { ServiceMigrations } from 'antipode/domain';
import { type DsqlRepository, statement } from 'antipode/dsql';

export type Show = { readonly id: string; readonly free: number; readonly version: number };
/** A row as it is read. A `bigint` comes as text, since a number would lose digits. */
type ShowRow = { readonly id: string; readonly free: string; readonly version: string };

export const migrations: ServiceMigrations = [
  {
    id: 'box-0001-shows',
    ddl: 'CREATE TABLE box.shows (id text PRIMARY KEY, free bigint NOT NULL, version bigint NOT NULL)',
  },
];

/**
 * Loads and saves a show. The unit of work adds the event and the idempotency record, and sends all
 * at once.
 */
export const shows: DsqlRepository<{ readonly id: string }, Show, [ShowRow]> = {
  empty: { id: '', free: 0, version: 0 },
  load: ({ id }) => [
    statement<ShowRow>('SELECT id, free, version FROM box.shows WHERE id = $1', id),
  ],
  toState: ([[row]]) =>
    row ? { id: row.id, free: Number(row.free), version: Number(row.version) } : shows.empty,
  save: ({ id, free, version }) => [
    statement('UPDATE box.shows SET free = $2, version = $3 WHERE id = $1', id, free, version),
  ],
};
