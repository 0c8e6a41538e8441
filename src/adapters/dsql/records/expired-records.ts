import {
  type ExpiredRecords,
  InvariantViolation,
  type RecordKind,
} from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { purgeInPieces } from '../transaction/transaction-size.ts';
import { quoteIdentifier, statement } from '../wire/statement.ts';
import { pieceSizes, rowLimit, textBySize } from './statement-texts.ts';

/**
 * How long the record of a handled event is kept unless said otherwise: an archive of 14 days may bring it back, a
 * dead-letter queue keeps it for 14 more, and retries take two. 30 days, in milliseconds.
 */
export const inboxRetentionMsDefault = 30 * 24 * 3_600_000;

/** Whose records, and how long those of events are in force. */
export type ExpiredRecordsOptions = {
  readonly schema: string;
  /**
   * Milliseconds for which a consumer recognises an event: longer than any archive, queue or replay can bring it back.
   * Afterwards it would take effect again.
   */
  readonly inboxRetentionMs?: number;
};

/** Rows that were written before there were shards have none; the first shard's deletion takes them too. */
const shardOfOldRows = 0;

/** A number of milliseconds that may stand in a statement's text. */
const wholeMs = (ms: number): number => {
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvariantViolation(`Set inboxRetentionMs to a whole number of milliseconds, not ${ms}`);
};

/**
 * Reads the old end of one shard's index, up to a limit that stands in the text. The order names the shard too: IS NULL
 * alone does not tell PostgreSQL that it is the same one in all rows. The retention stands in the text: as a parameter
 * it would hide how many rows have expired, and each deletion would be planned anew.
 */
const sqlOf = (schema: string, inboxRetentionMs: number) => {
  const idempotency = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.idempotency WHERE key IN (
        SELECT key FROM ${schema}.idempotency WHERE shard ${shard} AND expires_at <= now()
        ORDER BY shard, expires_at LIMIT ${rowLimit(rowsMax)})`,
    );
  const inbox = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.inbox AS record USING (
        SELECT event_id, consumer FROM ${schema}.inbox
        WHERE shard ${shard} AND handled_at <= now() - ${inboxRetentionMs} * interval '1 millisecond'
        ORDER BY shard, handled_at LIMIT ${rowLimit(rowsMax)}) AS expired
      WHERE record.event_id = expired.event_id AND record.consumer = expired.consumer`,
    );
  return {
    idempotency: { ofShard: idempotency('= $1'), ofNone: idempotency('IS NULL') },
    inbox: { ofShard: inbox('= $1'), ofNone: inbox('IS NULL') },
  } as const satisfies Record<RecordKind, object>;
};

/** Deletes from `idempotency` and `inbox`; each has an index that begins with the shard and ends with the time. */
export const createDsqlExpiredRecords = (
  connections: ConnectionPool,
  { schema, inboxRetentionMs = inboxRetentionMsDefault }: ExpiredRecordsOptions,
): ExpiredRecords => {
  const sql = sqlOf(quoteIdentifier(schema), wholeMs(inboxRetentionMs));

  return {
    purge: async ({ kind, shard, rowsMax, deadline }) => {
      type Text = (rowsMax: number) => string;
      const run = (text: Text, rows: number, ...parameters: readonly number[]): Promise<number> =>
        purgeInPieces(rows, async (size) => {
          const one = statement(text(size), ...parameters);
          return (await query(connections, one, { deadline, writes: true })).rowCount;
        });
      const { ofShard, ofNone } = sql[kind];
      let purged = await run(ofShard, rowsMax, shard);
      if (shard !== shardOfOldRows) return purged;
      for (const size of pieceSizes(rowsMax - purged, rowsMax)) {
        const ofThese = await run(ofNone, size);
        purged += ofThese;
        if (ofThese < size) break;
      }
      return purged;
    },
  };
};
