import {
  type ExpiredRecords,
  InvariantViolation,
  type RecordKind,
} from '../../../domain/kernel/index.ts';
import { recordShardCount } from '../../../domain/kernel/outbox/expired-records.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { queryTogether } from '../transaction/query-together.ts';
import { purgeInPieces } from '../transaction/transaction-size.ts';
import { quoteIdentifier, type StatementResult, statement } from '../wire/statement.ts';
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

const shards = Array.from({ length: recordShardCount }, (_, shard) => shard);

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
  const orderedMs = Math.max(0, inboxRetentionMs - orderedMarginMs);
  /** The old end of one shard's index. */
  const oldest = {
    idempotency: (columns: string, shard: string, rowsMax: number) =>
      `SELECT ${columns} FROM ${schema}.idempotency WHERE shard ${shard} AND expires_at <= now()
        ORDER BY shard, expires_at LIMIT ${rowLimit(rowsMax)}`,
    inbox: (columns: string, shard: string, rowsMax: number) =>
      `SELECT ${columns} FROM ${schema}.inbox
        WHERE shard ${shard} AND handled_at <= now() - ${inboxRetentionMs} * interval '1 millisecond'
        ORDER BY shard, handled_at LIMIT ${rowLimit(rowsMax)}`,
    ordered: (columns: string, shard: string, rowsMax: number) =>
      `SELECT ${columns} FROM ${schema}.ordered_events
        WHERE shard ${shard} AND recorded_at <= now() - ${orderedMs} * interval '1 millisecond'
        ORDER BY shard, recorded_at LIMIT ${rowLimit(rowsMax)}`,
  } as const satisfies Record<RecordKind, object>;
  const idempotency = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.idempotency WHERE key IN (
        ${oldest.idempotency('key', shard, rowsMax)})`,
    );
  const inbox = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.inbox AS record USING (
        ${oldest.inbox('event_id, consumer', shard, rowsMax)}) AS expired
      WHERE record.event_id = expired.event_id AND record.consumer = expired.consumer`,
    );
  const ordered = (shard: string) =>
    textBySize(
      (rowsMax) => `DELETE FROM ${schema}.ordered_events AS record USING (
        ${oldest.ordered('event_id, consumer', shard, rowsMax)}) AS expired
      WHERE record.event_id = expired.event_id AND record.consumer = expired.consumer`,
    );
  /** Names each of these kinds that has a record to delete in a shard. */
  const found = (shard: string, ...kinds: readonly RecordKind[]): string =>
    kinds.map((kind) => `(${oldest[kind](`'${kind}' AS kind`, shard, 1)})`).join(' UNION ALL ');
  return {
    found: {
      ofShard: found('= $1', 'idempotency', 'inbox', 'ordered'),
      ofNone: found('IS NULL', 'idempotency', 'inbox'),
    },
    idempotency: { ofShard: idempotency('= $1'), ofNone: idempotency('IS NULL') },
    inbox: { ofShard: inbox('= $1'), ofNone: inbox('IS NULL') },
    ordered: { ofShard: ordered('= $1'), ofNone: undefined },
  } as const satisfies Record<RecordKind | 'found', object>;
};

/** Deletes from tables that each have an index of the shard and the time. */
export const createDsqlExpiredRecords = (
  connections: ConnectionPool,
  { schema, inboxRetentionMs = inboxRetentionMsDefault }: ExpiredRecordsOptions,
): ExpiredRecords => {
  const sql = sqlOf(quoteIdentifier(schema), wholeMs(inboxRetentionMs));

  /** The kinds that a statement of `found` names. */
  const kindsIn = ({ rows }: StatementResult): readonly RecordKind[] =>
    rows.map((row) => row['kind'] as RecordKind);

  return {
    expired: async (deadline) => {
      const statements = [
        statement(sql.found.ofNone),
        ...shards.map((shard) => statement(sql.found.ofShard, shard)),
      ];
      const options = { deadline, writes: false };
      const [ofNone, ...ofShards] = await queryTogether(connections, statements, options);
      return ofShards.flatMap((result, shard) => {
        const old = shard === shardOfOldRows && ofNone ? kindsIn(ofNone) : [];
        return [...new Set([...kindsIn(result), ...old])].map((kind) => ({ kind, shard }));
      });
    },
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
