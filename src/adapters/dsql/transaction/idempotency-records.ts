import type { Json, Once, Outcome } from '../../../domain/kernel/index.ts';
import { recordResult, replayResult } from '../../../domain/kernel/work/recorded-response.ts';
import type { ServerError } from '../wire/server-error.ts';
import { quoteIdentifier, type Row, type Statement, statement } from '../wire/statement.ts';
import { digest, recordKey, recordShard } from './record-key.ts';

/**
 * A command's response is kept for at least 30 days: longer than any queue or archive can deliver
 * the command again. The response is replayed until the cleanup has deleted it. Milliseconds.
 */
export const retentionMsDefault = 30 * 24 * 3_600_000;

/** The outcome that a record of committed work gives. */
export type KnownOutcome<Result extends Json> = Extract<
  Outcome<Result>,
  { readonly status: 'replayed' | 'mismatched' }
>;

/** Statements for the record that makes a second run a replay, and its reading. */
export interface IdempotencyRecords {
  /** Selects the record of the same work, if that has committed before. */
  readonly find: (once: Once) => Statement;
  /**
   * Inserts the record. On a duplicate key it fails, and with it the whole transaction.
   *
   * @throws {InvariantViolation} when the result of a command is not JSON
   * @throws {InvalidInput} when it exceeds `responseBytesMax`
   */
  readonly insert: (once: Once, result: Json) => Statement;
  /** The outcome of this work, from a record that was found. */
  readonly outcomeOf: <Result extends Json>(once: Once, row: Row) => KnownOutcome<Result>;
  /** Whether an error says that the record exists. */
  readonly isDuplicate: (error: ServerError) => boolean;
}

/**
 * Keeps commands in `idempotency`, with their response, and events in `inbox`, for each consumer.
 */
export const createIdempotencyRecords = (
  schemaName: string,
  retentionMs: number = retentionMsDefault,
): IdempotencyRecords => {
  const schema = quoteIdentifier(schemaName);
  const sql = {
    findCommand: `SELECT fingerprint, response FROM ${schema}.idempotency WHERE key = $1 AND status = 'COMPLETED'`,
    insertCommand: `INSERT INTO ${schema}.idempotency (key, status, fingerprint, response, expires_at, shard)
      VALUES ($1, 'COMPLETED', $2, $3, now() + $4 * interval '1 millisecond', $5)`,
    findEvent: `SELECT handled_at FROM ${schema}.inbox WHERE event_id = $1 AND consumer = $2`,
    insertEvent: `INSERT INTO ${schema}.inbox (event_id, consumer, handled_at, shard) VALUES ($1, $2, now(), $3)`,
  };

  const insertCommand = (
    { key, fingerprint }: Extract<Once, { readonly kind: 'command' }>,
    result: Json,
  ): Statement => {
    const id = recordKey('command', key);
    const response = recordResult(result);
    const parameters = [id, digest(fingerprint), response, retentionMs, recordShard(id)];
    return { sql: sql.insertCommand, parameters };
  };

  return {
    find: (once) => {
      switch (once.kind) {
        case 'command':
          return statement(sql.findCommand, recordKey('command', once.key));
        case 'event':
          return statement(sql.findEvent, once.eventId, once.consumer);
      }
    },
    insert: (once, result) => {
      switch (once.kind) {
        case 'command':
          return insertCommand(once, result);
        case 'event': {
          const { eventId, consumer } = once;
          return statement(sql.insertEvent, eventId, consumer, recordShard(digest(eventId)));
        }
      }
    },
    outcomeOf: (once, row) => {
      if (once.kind === 'event') return { status: 'replayed', result: null as never };
      return row['fingerprint'] === digest(once.fingerprint)
        ? { status: 'replayed', result: replayResult(String(row['response'])) }
        : { status: 'mismatched' };
    },
    isDuplicate: ({ constraint, schema: at = schemaName }) =>
      at === schemaName && (constraint === 'idempotency_pkey' || constraint === 'inbox_pkey'),
  };
};
