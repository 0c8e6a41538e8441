import { outboxCountPerShardMax } from '../../../../domain/kernel/outbox/outbox.ts';
import { quoteIdentifier } from '../../wire/statement.ts';
import { parameterList, rowLimit, textBySize } from '../statement-texts.ts';
import { byKeys, inMs, published } from './outbox-write-statements.ts';

/**
 * Rows of any size that one transaction may change: an envelope has at most 64 KiB, a transaction
 * 10 MiB, and DSQL counts the whole of a changed row.
 */
export const largestRowsMax = 100;

/** Pieces of a list, each of rows of any size that one transaction may change. */
export const piecesOf = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / largestRowsMax) }, (_, piece) =>
    items.slice(piece * largestRowsMax, (piece + 1) * largestRowsMax),
  );

/** Rows that wait to be published. The indexes `outbox_due` and `outbox_failed` hold only these. */
const waits = 'published_at IS NULL AND dead_at IS NULL';

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

/**
 * The statements of the outbox that the relay and operators send.
 *
 * `due_at` is the time at which a row is to be published, or deleted after it was published. Each
 * statement that searches rows reads one end of one index, of one shard and one Region, up to a
 * limit in its text. Every other statement names the keys of its rows.
 *
 * `lease_owner` is of the version before, which wrote a claim into each row. It is cleared, so that
 * a relay of that version, which a deployment leaves running for minutes, settles no row again.
 */
export const outboxStatements = (schema: string) => {
  const outbox = `${quoteIdentifier(schema)}.outbox`;
  const lanes = `${quoteIdentifier(schema)}.outbox_lane`;
  const selectLanes = `SELECT shard, origin_region, claims, as_of, now() AS now FROM ${lanes}`;
  const dueRows = (rowsMax: number, columns: string): string =>
    `SELECT ${columns} FROM ${outbox}
        WHERE shard = $1 AND origin_region = $2 AND due_at <= now() AND ${waits}
        ORDER BY due_at LIMIT ${rowLimit(rowsMax)}`;
  const expiredRows = (rowsMax: number): string =>
    `SELECT id FROM ${outbox}
        WHERE shard = $1 AND origin_region = $2 AND due_at <= now() AND published_at IS NOT NULL
        ORDER BY due_at LIMIT ${rowLimit(rowsMax)}`;
  const heads = (columns: string): readonly string[] => statementOfHeads(outbox, columns);
  const [firstTime, lastTime] = heads('occurred_at');

  return {
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
        due_at = ${inMs('$4')}
      WHERE shard = $1 AND id = $2 AND ${waits}`,
    settleDead: `UPDATE ${outbox} SET attempts = attempts + 1, lease_owner = NULL, last_error = $3,
        dead_at = now()
      WHERE shard = $1 AND id = $2 AND ${waits}`,
    expired: expiredRows(1),
    purge: textBySize((rowsMax) => `DELETE FROM ${outbox} ${byKeys(expiredRows(rowsMax))}`),
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
