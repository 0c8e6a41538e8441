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
 * The record of a handled event is kept for 30 days by default. An archive of 14 days may deliver
 * the event again, a dead-letter queue keeps it for 14 more, and retries take 2. Milliseconds.
 */
const inboxRetentionMsDefault = 30 * 24 * 3_600_000;

/**
 * An event waits for an ordered consumer a day less than the inbox keeps what is handled. So an
 * event whose record is gone cannot still wait, and take effect again. Milliseconds.
 */
const orderedMarginMs = 24 * 3_600_000;

/** The schema of the records, and the retention of those of events. */
export type ExpiredRecordsOptions = {
  readonly schema: string;
  /**
   * Milliseconds for which a consumer recognises an event. The time must be longer than any
   * archive, queue or replay can deliver the event again: afterwards it would take effect again.
   */
  readonly inboxRetentionMs?: number;
};

/** Rows from before the shards have none. They are deleted with the first shard. */
const shardOfOldRows = 0;

/** Checks a number of milliseconds that becomes part of a statement's text. */
const wholeMs = (ms: number): number => {
  if (Number.isSafeInteger(ms) && ms >= 0) return ms;
  throw new InvariantViolation(`Set inboxRetentionMs to a whole number of milliseconds, not ${ms}`);
};

/**
 * Reads the old end of one shard's index, up to a limit in the text. ORDER BY names the shard too,
 * since IS NULL alone does not tell PostgreSQL that it is the same in all rows. The retention is in
 * the text: as a parameter it would hide the number of expired rows, and PostgreSQL would plan each
 * deletion anew.
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
  const orderedMs = Math.max(0, inboxRetentionMs - orderedMarginMs);
  const ordered = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.ordered_events AS record USING (
        SELECT event_id, consumer FROM ${schema}.ordered_events
        WHERE shard ${shard} AND recorded_at <= now() - ${orderedMs} * interval '1 millisecond'
        ORDER BY shard, recorded_at LIMIT ${rowLimit(rowsMax)}) AS expired
      WHERE record.event_id = expired.event_id AND record.consumer = expired.consumer`,
    );
  return {
    idempotency: { ofShard: idempotency('= $1'), ofNone: idempotency('IS NULL') },
    inbox: { ofShard: inbox('= $1'), ofNone: inbox('IS NULL') },
    ordered: { ofShard: ordered('= $1'), ofNone: undefined },
  } as const satisfies Record<RecordKind, object>;
};

/** Deletes from tables that each have an index of the shard and the time. */
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
      if (shard !== shardOfOldRows || !ofNone) return purged;
      for (const size of pieceSizes(rowsMax - purged, rowsMax)) {
        const ofThese = await run(ofNone, size);
        purged += ofThese;
        if (ofThese < size) break;
      }
      return purged;
    },
  };
};
