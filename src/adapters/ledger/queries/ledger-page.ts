import type { ListPosition } from '../../../domain/ledger/index.ts';
import { type Statement, statement } from '../../dsql/index.ts';
import { idShardCount } from '../shard.ts';
import { ledgerSchema, type TransactionRow } from '../tables.ts';

/**
 * Rows that a statement reads of each shard. The number stands in the text, so that the planner
 * knows that few are wanted; four sizes make eight texts, which every connection can keep prepared.
 */
const shardRowsMax = [10, 25, 50, 100];

const newestFirst = 'ORDER BY recorded_at DESC, id DESC';

/**
 * The ranges of a shard's index that a page reads. The first page reads the end of the index. A
 * later page begins at its position: it reads the rows of the same time, then the older ones, so
 * that each part is one range of the index.
 */
const firstPage = [''];
const laterPage = [' AND recorded_at = $2 AND id < $3', ' AND recorded_at < $2'];

const pageText = (ranges: readonly string[], rowsMax: number): string => {
  const shards = Array.from({ length: idShardCount }, (_, shard) => shard);
  const parts = shards.flatMap((shard) =>
    ranges.map(
      (range) =>
        `(SELECT * FROM ${ledgerSchema}.transactions WHERE shard = ${shard}${range} ${newestFirst} LIMIT ${rowsMax})`,
    ),
  );
  return `SELECT * FROM (${parts.join(' UNION ALL ')}) AS newest ${newestFirst} LIMIT $1`;
};

/**
 * The statement for one page of the list, newest first over all shards: the newest rows of each
 * shard, merged.
 *
 * @param limit rows of the page, 100 at most
 * @param after the last row of the page before; absent for the first page
 */
export const ledgerPage = (limit: number, after?: ListPosition): Statement<TransactionRow> => {
  const rowsMax = shardRowsMax.find((size) => size >= limit) ?? limit;
  return after === undefined
    ? statement<TransactionRow>(pageText(firstPage, rowsMax), limit)
    : statement<TransactionRow>(
        pageText(laterPage, rowsMax),
        limit,
        new Date(after.recordedAt).toISOString(),
        after.id,
      );
};
