import { outboxCountPerShardMax, outboxShard } from '../../../../domain/kernel/outbox/outbox.ts';
import { quoteIdentifier } from '../../wire/statement.ts';
import { padded, parameterList, rowLimit, textBySize } from '../statement-texts.ts';

/** Keys of one statement. The rows of a claim fit, and ten texts of statements are enough. */
const keysMax = 512;

/**
 * Rows of any size that one transaction may change: an envelope has at most 64 KiB, a transaction
 * 10 MiB, and DSQL counts the whole of a changed row.
 */
export const largestRowsMax = 100;

/** Keys of rows in one part. */
export type Keys = { readonly shard: number; readonly ids: readonly string[] };

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

/** Pieces of a list, each of rows of any size that one transaction may change. */
export const piecesOf = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / largestRowsMax) }, (_, piece) =>
    items.slice(piece * largestRowsMax, (piece + 1) * largestRowsMax),
  );

const in_ms = (parameter: string): string => `now() + ${parameter} * interval '1 millisecond'`;

/** Rows that wait to be published. The indexes `outbox_due` and `outbox_failed` hold only these. */
const waits = 'published_at IS NULL AND dead_at IS NULL';

/** Parameters of an INSERT for all of its rows. */
const sharedParameters = 3;
/** Parameters of an INSERT for each row. */
const rowParameters = 3;

/** One row of VALUES: its own shard, id and envelope; origin, time and grace of all rows. */
const valuesRow = (row: number): string =>
  `(${parameterList(sharedParameters + 1 + row * rowParameters, rowParameters)}, $1, $2, ${in_ms('$3')}, 0)`;

/**
 * Selects the first row in a part's index, for the first and for the last Region with rows there.
 */
const statementOfHeads = (outbox: string, columns: string, firstOnly = '1'): readonly string[] => {
  const part = `FROM ${outbox} WHERE shard = $1 AND ${waits}`;
  const lastOrigin = `SELECT origin_region ${part} ORDER BY origin_region DESC, due_at DESC LIMIT 1`;
  return [
    `SELECT ${columns} ${part} ORDER BY origin_region, due_at LIMIT ${firstOnly}`,
    `SELECT ${columns} ${part} AND origin_region = (${lastOrigin}) ORDER BY due_at LIMIT ${firstOnly}`,
  ];
};

/**
 * Counts rows of one part, up to one more than the limit. The index's order avoids reading other
 * rows.
 */
const boundedCount = (outbox: string, which: string, order: string): string =>
  `(SELECT count(*) FROM (SELECT 1 FROM ${outbox} WHERE shard = $1 AND ${which}
      ORDER BY ${order} LIMIT ${outboxCountPerShardMax + 1}) AS counted)`;

/** Rows of one part by their keys: a list of them, or those that `inner` finds in an index. */
const byKeys = (inner: string): string => `WHERE shard = $1 AND id IN (${inner})`;

/**
 * The statements of the outbox.
 *
 * `due_at` is the time at which a row is to be published, or deleted after it was published. Each
 * statement that searches rows reads one end of one index, of one shard and one Region, up to a
 * limit in its text. Every other statement names the keys of its rows.
 */
export const outboxStatements = (schema: string) => {
  const outbox = `${quoteIdentifier(schema)}.outbox`;
  const lanes = `${quoteIdentifier(schema)}.outbox_lane`;
  const selectLanes = `SELECT shard, origin_region, claims, as_of, now() AS now FROM ${lanes}`;
  const insertInto = `INSERT INTO ${outbox}`;
  const dueRows = (rowsMax: number, columns: string): string =>
    `SELECT ${columns} FROM ${outbox}
        WHERE shard = $1 AND origin_region = $2 AND due_at <= now() AND ${waits}
        ORDER BY due_at LIMIT ${rowLimit(rowsMax)}`;
  const published = (keep: string): string =>
    `published_at = now(), due_at = ${in_ms(keep)}, lease_owner = NULL, dead_at = NULL`;
  const heads = (columns: string): readonly string[] => statementOfHeads(outbox, columns);
  const [firstTime, lastTime] = heads('occurred_at');

  return {
    insertOne: `${insertInto} (shard, id, envelope, origin_region, occurred_at, due_at, attempts)
      VALUES ($1, $2, $3, $4, $5, ${in_ms('$6')}, 0)`,
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
    due: heads('origin_region, due_at <= now() AS is_due')
      .map((select) => `(${select})`)
      .join(' UNION ALL '),
    lane: `${selectLanes} WHERE shard = $1 AND origin_region = $2`,
    lanesOfPart: `${selectLanes} WHERE shard = $1`,
    keepLane: `INSERT INTO ${lanes} (shard, origin_region, claims, as_of) VALUES ($1, $2, $3, now())
      ON CONFLICT (shard, origin_region) DO UPDATE SET claims = excluded.claims, as_of = now()`,
    dueRows: textBySize((rowsMax) => dueRows(rowsMax, 'id, envelope, attempts')),
    dueKeys: textBySize((rowsMax) => dueRows(rowsMax, 'id')),
    dueKeysByAge: textBySize((rowsMax) =>
      dueRows(rowsMax, "id, occurred_at <= now() - $3 * interval '1 millisecond' AS is_old"),
    ),
    rowsByKeys: textBySize(
      (ids) => `SELECT id, envelope, attempts FROM ${outbox} ${byKeys(parameterList(2, ids))}`,
    ),
    countAttempt: textBySize(
      (ids) => `UPDATE ${outbox} SET attempts = attempts + 1, due_at = $2
      ${byKeys(parameterList(3, ids))} AND ${waits}`,
    ),
    settlePublished: textBySize(
      (ids) => `UPDATE ${outbox} SET attempts = attempts + 1, ${published('$2')}
      ${byKeys(parameterList(3, ids))} AND ${waits}`,
    ),
    settleRetried: `UPDATE ${outbox} SET attempts = attempts + 1, lease_owner = NULL, last_error = $3,
        due_at = ${in_ms('$4')}
      WHERE shard = $1 AND id = $2 AND ${waits}`,
    settleDead: `UPDATE ${outbox} SET attempts = attempts + 1, lease_owner = NULL, last_error = $3,
        dead_at = now()
      WHERE shard = $1 AND id = $2 AND ${waits}`,
    purge: textBySize(
      (rowsMax) =>
        `DELETE FROM ${outbox} ${byKeys(`SELECT id FROM ${outbox}
        WHERE shard = $1 AND origin_region = $2 AND due_at <= now() AND published_at IS NOT NULL
        ORDER BY due_at LIMIT ${rowLimit(rowsMax)}`)}`,
    ),
    status: `SELECT now() AS now,
      ${boundedCount(outbox, waits, 'origin_region, due_at')} AS pending,
      ${boundedCount(outbox, 'dead_at IS NOT NULL', 'dead_at')} AS dead,
      (${firstTime}) AS first_time, (${lastTime}) AS last_time,
      (SELECT occurred_at FROM ${outbox} WHERE shard = $1 AND ${waits} AND last_error IS NOT NULL
        ORDER BY occurred_at LIMIT 1) AS failed_time`,
    redrive: textBySize(
      (ids) => `UPDATE ${outbox} SET dead_at = NULL, attempts = 0, due_at = now()
      ${byKeys(parameterList(2, ids))} AND dead_at IS NOT NULL`,
    ),
  };
};
