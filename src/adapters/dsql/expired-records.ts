import type { ExpiredRecords, RecordKind } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import { query } from './query.ts';
import { quoteIdentifier, statement } from './statement.ts';

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

/** Rows of before there were shards have none; they count as of the first one, and the same index finds them. */
const shardOfOldRows = 0;

const sqlOf = (schema: string): Readonly<Record<RecordKind, string>> => {
  const expired = (table: string, columns: string, isOver: string): string => `
    SELECT ${columns} FROM ${schema}.${table} WHERE shard = ANY($1::smallint[]) AND ${isOver}
    UNION ALL
    SELECT ${columns} FROM ${schema}.${table} WHERE $2::boolean AND shard IS NULL AND ${isOver}
    LIMIT $3`;
  const handled = "handled_at <= now() - $4 * interval '1 millisecond'";
  return {
    idempotency: `DELETE FROM ${schema}.idempotency WHERE key IN (
      ${expired('idempotency', 'key', 'expires_at <= now()')})`,
    inbox: `DELETE FROM ${schema}.inbox WHERE (event_id, consumer) IN (
      ${expired('inbox', 'event_id, consumer', handled)})`,
  };
};

/** Deletes from `idempotency` and `inbox`; each has an index that begins with the shard and ends with the time. */
export const createDsqlExpiredRecords = (
  connections: ConnectionPool,
  { schema, inboxRetentionMs = inboxRetentionMsDefault }: ExpiredRecordsOptions,
): ExpiredRecords => {
  const sql = sqlOf(quoteIdentifier(schema));
  const ages = { idempotency: [], inbox: [inboxRetentionMs] } as const;

  return {
    purge: async ({ kind, shards, rowsMax, deadline }) => {
      const withOldRows = shards.includes(shardOfOldRows);
      const one = statement(sql[kind], shards, withOldRows, rowsMax, ...ages[kind]);
      return (await query(connections, one, { deadline, writes: true })).rowCount;
    },
  };
};
