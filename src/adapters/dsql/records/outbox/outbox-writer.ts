import type { EventEnvelope, Outbox, ScheduledEvent } from '../../../../domain/kernel/index.ts';
import { outboxShard } from '../../../../domain/kernel/outbox/outbox.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { query } from '../../transaction/query.ts';
import { queryTogether } from '../../transaction/query-together.ts';
import { unlessTooLarge } from '../../transaction/transaction-size.ts';
import { type Statement, statement } from '../../wire/statement.ts';
import { pieceSizes } from '../statement-texts.ts';
import { keysOf, outboxWriteStatements } from './outbox-write-statements.ts';

/**
 * Rows of one INSERT: seven texts of statements are enough for every number of events. A command of
 * 20 events takes 1.10 ms in pieces of powers of two, and 1.34 ms with a statement for each event.
 * Up to five events there is no difference.
 */
const insertRowsMax = 64;

/** The schema of the outbox, and the times that its rows wait and stay. */
export type DsqlOutboxOptions = {
  readonly schema: string;
  /**
   * Milliseconds in which only the command that wrote a row publishes it: the command's longest run
   * and a margin. Measured with 4 % crashes: 1.8 % of the events were sent twice, 9.7 % without the
   * grace.
   */
  readonly graceMs: number;
  /**
   * Milliseconds that a published row is kept, so that a Region can replay events of a lost
   * Region's bus.
   */
  readonly replayWindowMs: number;
};

/** Time for a mark, which nobody awaits. Milliseconds. */
const markMsMax = 10_000;

type Sql = ReturnType<typeof outboxWriteStatements>;

const insertUnscheduled = (
  sql: Sql,
  graceMs: number,
  events: readonly EventEnvelope[],
): readonly Statement[] => {
  const [first] = events;
  if (!first) return [];
  const { originregion, time } = first;
  let next = 0;
  return pieceSizes(events.length, insertRowsMax).map((size) => {
    const piece = events.slice(next, next + size);
    next += size;
    const rows = piece.flatMap((event) => [outboxShard(event.id), event.id, JSON.stringify(event)]);
    return size === 1
      ? statement(sql.insertOne, ...rows, originregion, time, graceMs)
      : statement(sql.insertMany(size), originregion, time, graceMs, ...rows);
  });
};

/**
 * The row of an event that waits for its time. Its age counts from that time, so that the other
 * Region does not take it over as soon as it is due. Where that time is in the past, the age counts
 * from the event itself.
 */
const insertScheduled = (sql: Sql, { event, notBefore }: ScheduledEvent): Statement =>
  statement(
    sql.insertScheduled,
    outboxShard(event.id),
    event.id,
    JSON.stringify(event),
    event.originregion,
    new Date(Math.max(notBefore, Date.parse(event.time))).toISOString(),
    new Date(notBefore).toISOString(),
  );

const markPublished = (sql: Sql, windowMs: number, ids: readonly string[]): readonly Statement[] =>
  keysOf(ids).map((keys) =>
    statement(sql.markPublished(keys.ids.length), keys.shard, windowMs, ...keys.ids),
  );

/** The part of the outbox that a function of commands needs. */
export type OutboxWriter = Pick<Outbox, 'markPublished'> & {
  /** The rows of events, for the transaction that their state changes in. */
  readonly insert: (
    events: readonly EventEnvelope[],
    scheduled?: readonly ScheduledEvent[],
  ) => readonly Statement[];
};

/**
 * Creates the writing part of the outbox on DSQL. It stands apart from the claims of the relay, so
 * that a function of commands does not load them.
 */
export const createOutboxWriter = (
  connections: ConnectionPool,
  { schema, graceMs, replayWindowMs }: DsqlOutboxOptions,
): OutboxWriter => {
  const sql = outboxWriteStatements(schema);
  const run = (one: Statement) => query(connections, one, { writes: true });

  /** Runs statements in one transaction; a single one needs no BEGIN. */
  const runAll = async (statements: readonly Statement[]): Promise<void> => {
    const [first] = statements;
    if (first && statements.length === 1) await run(first);
    else if (first) {
      const deadline = Date.now() + markMsMax;
      await queryTogether(connections, statements, { deadline, writes: true });
    }
  };

  return {
    insert: (events, scheduled = []) => [
      ...insertUnscheduled(sql, graceMs, events),
      ...scheduled.map((one) => insertScheduled(sql, one)),
    ],
    markPublished: (ids) => {
      const marks = markPublished(sql, replayWindowMs, ids);
      return unlessTooLarge(
        () => runAll(marks),
        async () => {
          for (const mark of marks) await run(mark);
        },
      );
    },
  };
};
