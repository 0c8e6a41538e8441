import { outboxShard } from '../../../../domain/kernel/outbox/outbox.ts';
import { quoteIdentifier } from '../../wire/statement.ts';
import { padded, parameterList, textBySize } from '../statement-texts.ts';

/** Keys of one statement. The rows of a claim fit, and ten texts of statements are enough. */
const keysMax = 512;

/** Keys of rows in one part. */
type Keys = { readonly shard: number; readonly ids: readonly string[] };

/**
 * The keys of rows for each shard. Each list is filled up, so that few texts of statements exist.
 */
export const keysOf = (ids: readonly string[]): readonly Keys[] =>
  [...Map.groupBy(ids, outboxShard)].flatMap(([shard, ofShard]) =>
    Array.from({ length: Math.ceil(ofShard.length / keysMax) }, (_, piece) => ({
      shard,
      ids: padded(ofShard.slice(piece * keysMax, (piece + 1) * keysMax)),
    })),
  );

/** The time of the database so many milliseconds from now. */
export const inMs = (parameter: string): string =>
  `now() + ${parameter} * interval '1 millisecond'`;

/** Rows of one part by their keys: a list of them, or those that `inner` finds in an index. */
export const byKeys = (inner: string): string => `WHERE shard = $1 AND id IN (${inner})`;

/** Marks a row as published, and keeps it for so many milliseconds. */
export const published = (keep: string): string =>
  `published_at = now(), due_at = ${inMs(keep)}, lease_owner = NULL, dead_at = NULL`;

/** Parameters of an INSERT for all of its rows. */
const sharedParameters = 3;
/** Parameters of an INSERT for each row. */
const rowParameters = 3;

/** One row of VALUES: its own shard, id and envelope; origin, time and grace of all rows. */
const valuesRow = (row: number): string =>
  `(${parameterList(sharedParameters + 1 + row * rowParameters, rowParameters)}, $1, $2, ${inMs('$3')}, 0)`;

/** The statements of the outbox that a command sends: it writes rows and marks them. */
export const outboxWriteStatements = (schema: string) => {
  const outbox = `${quoteIdentifier(schema)}.outbox`;
  const insertInto = `INSERT INTO ${outbox}`;
  return {
    insertOne: `${insertInto} (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
      VALUES ($1, $2, $3, $4, $5, ${inMs('$6')}, 0)`,
    insertScheduled: `${insertInto} (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
      VALUES ($1, $2, $3, $4, $5, $6, 0)`,
    insertMany: textBySize(
      (
        rows,
      ) => `${insertInto} (shard, id, envelope, origin_region, occurred_at, due_at, attempts) VALUES
      ${Array.from({ length: rows }, (_, row) => valuesRow(row)).join(', ')}`,
    ),
    markPublished: textBySize(
      (ids) => `UPDATE ${outbox} SET ${published('$2')}
      ${byKeys(parameterList(3, ids))} AND published_at IS NULL`,
    ),
  };
};
