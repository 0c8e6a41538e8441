import type { Json, Once, Outcome } from '../../../domain/kernel/index.ts';
import { EventTooEarly, type OrderedOnce } from '../../../domain/kernel/work/ordered-events.ts';
import { recordResult, replayResult } from '../../../domain/kernel/work/recorded-response.ts';
import type { ServerError } from '../wire/server-error.ts';
import { quoteIdentifier, type Row, type Statement, statement } from '../wire/statement.ts';
import { digest, recordKey, recordShard } from './record-key.ts';

/**
 * A command's response is kept for at least 30 days: longer than any queue or archive can deliver
 * the command again. The response is replayed until the cleanup has deleted it. Milliseconds.
 */
const retentionMsDefault = 30 * 24 * 3_600_000;

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
   * Inserts the record. On a duplicate key it fails, and with it the whole transaction; also for an
   * event that comes too early.
   *
   * @throws {InvariantViolation} when the result of a command is not JSON
   * @throws {InvalidInput} when it exceeds `responseBytesMax`
   */
  readonly insert: (once: Once, result: Json) => Statement;
  /** Lets an event with an `order` wait no longer; no statement for other work. */
  readonly removals: (once: Once) => readonly Statement[];
  /**
   * The outcome of this work, from the row that `find` has found; `undefined` when it has not
   * committed.
   *
   * @throws {EventTooEarly} when earlier events of the subject wait
   */
  readonly outcomeOf: <Result extends Json>(
    once: Once,
    row: Row,
  ) => KnownOutcome<Result> | undefined;
  /** Whether an error says that the record exists. */
  readonly isDuplicate: (error: ServerError) => boolean;
}

const isOrdered = (once: Once): once is OrderedOnce =>
  once.kind === 'event' && once.order !== undefined;

/** The event ($1), the consumer ($2), the key of the subject ($3) and the version ($4). */
const orderParameters = ({ consumer, eventId, order }: OrderedOnce) =>
  [eventId, consumer, digest(order.subject), order.version] as const;

/**
 * Statements for an event with an order.
 *
 * Both read the earlier events in their own snapshot. That suffices: an event is committed after
 * those before it, and a handled one waits no more.
 */
const orderedSql = (schema: string) => {
  const earlier = (which: string): string =>
    `(SELECT event_id FROM ${schema}.ordered_events
      WHERE subject_key = $3 AND consumer = $2 AND ${which}
      ORDER BY subject_key, consumer, version, place LIMIT 1) IS NOT NULL`;
  const ownPlace = `(SELECT place FROM ${schema}.ordered_events
      WHERE event_id = $1 AND consumer = $2)`;
  const isEarly = `(${earlier('version < $4')}
    OR ${earlier(`version = $4 AND place < ${ownPlace}`)})`;
  return {
    find: `SELECT ${isEarly} AS is_early,
      (SELECT handled_at FROM ${schema}.inbox WHERE event_id = $1 AND consumer = $2) AS handled_at`,
    // `handled_at` is NULL for an event that comes too early, which the column refuses. So work
    // that reads nothing needs no flight to look first.
    insert: `INSERT INTO ${schema}.inbox (event_id, consumer, handled_at, shard)
      VALUES ($1, $2, (SELECT now() WHERE NOT ${isEarly}), $5)`,
    remove: `DELETE FROM ${schema}.ordered_events WHERE event_id = $1 AND consumer = $2`,
  };
};

/** Lets an event wait no longer for a consumer. */
export const removeOrdered = (schema: string) => {
  const { remove } = orderedSql(schema);
  return ({ eventId, consumer }: OrderedOnce): Statement => statement(remove, eventId, consumer);
};

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
  const ordered = orderedSql(schema);

  const insertCommand = (
    { key, fingerprint }: Extract<Once, { readonly kind: 'command' }>,
    result: Json,
  ): Statement => {
    const id = recordKey('command', key);
    const response = recordResult(result);
    const parameters = [id, digest(fingerprint), response, retentionMs, recordShard(id)];
    return { sql: sql.insertCommand, parameters };
  };

  const insertEvent = (once: Extract<Once, { readonly kind: 'event' }>): Statement => {
    const { eventId, consumer } = once;
    const shard = recordShard(digest(eventId));
    return isOrdered(once)
      ? statement(ordered.insert, ...orderParameters(once), shard)
      : statement(sql.insertEvent, eventId, consumer, shard);
  };

  return {
    find: (once) => {
      if (isOrdered(once)) return statement(ordered.find, ...orderParameters(once));
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
        case 'event':
          return insertEvent(once);
      }
    },
    removals: (once) =>
      isOrdered(once) ? [statement(ordered.remove, once.eventId, once.consumer)] : [],
    outcomeOf: (once, row) => {
      if (isOrdered(once) && row['handled_at'] === null) {
        if (row['is_early'] === true) throw new EventTooEarly(once);
        return undefined;
      }
      if (once.kind === 'event') return { status: 'replayed', result: null as never };
      return row['fingerprint'] === digest(once.fingerprint)
        ? { status: 'replayed', result: replayResult(String(row['response'])) }
        : { status: 'mismatched' };
    },
    isDuplicate: ({ constraint, schema: at = schemaName }) =>
      at === schemaName && (constraint === 'idempotency_pkey' || constraint === 'inbox_pkey'),
  };
};
