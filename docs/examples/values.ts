import { json, statement } from 'antipode/dsql';
import type { ColumnType, Kysely } from 'kysely';

/** A `bigint` column: read as text, written as text, number or bigint. */
type Int8 = ColumnType<string, string | number | bigint, string | number | bigint>;

type Tables = {
  readonly notes: {
    readonly id: string;
    readonly version: Int8;
    readonly written_at: Date;
    /** A `jsonb` column of an array. */
    readonly tags: readonly string[];
    /** A `jsonb` column of anything. */
    readonly body: unknown;
  };
};

export const createNotes = (db: Kysely<Tables>) => ({
  /** A row is found by its own time, with the microseconds that a Date does not show. */
  writtenWith: async (id: string) => {
    const notes = db.selectFrom('notes');
    const note = await notes.selectAll().where('id', '=', id).executeTakeFirstOrThrow();
    return notes.select('id').where('written_at', '=', note.written_at).execute();
  },
  /** The version comes as text: make a number of it before you add. */
  nextVersion: async (id: string) => {
    const note = db.selectFrom('notes').select('version').where('id', '=', id);
    return Number((await note.executeTakeFirstOrThrow()).version) + 1;
  },
  /** An array for a column is JSON. */
  tag: (id: string, tags: readonly string[]) =>
    db.updateTable('notes').set({ tags }).where('id', '=', id).execute(),
  /** A text for a `jsonb` column has to be marked as JSON. */
  write: (id: string, text: string) =>
    db
      .updateTable('notes')
      .set({ body: json(text) })
      .where('id', '=', id)
      .execute(),
});

/** In raw SQL, an array has to be marked as JSON too, unless the text casts it. */
export const tagStatement = (id: string, tags: readonly string[]) =>
  statement('UPDATE notes SET tags = $2 WHERE id = $1', id, json(tags));
