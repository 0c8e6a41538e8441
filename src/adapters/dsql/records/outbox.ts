import { defined } from '../../../domain/kernel/defined.ts';
import { isEnvelope } from '../../../domain/kernel/events/envelope-check.ts';
import type {
  BoundedCount,
  ClaimedEvent,
  EventEnvelope,
  Outbox,
  OutboxClaim,
  OutboxFailure,
  ScheduledEvent,
} from '../../../domain/kernel/index.ts';
import {
  outboxCountPerShardMax,
  outboxShard,
  outboxShardCount,
} from '../../../domain/kernel/outbox/outbox.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { queryTogether } from '../transaction/query-together.ts';
import { purgeInPieces, unlessTooLarge } from '../transaction/transaction-size.ts';
import { type Row, type Statement, statement } from '../wire/statement.ts';
import { insertRows } from './outbox-insert.ts';
import { outboxStatements } from './outbox-statements.ts';
import { padded } from './statement-texts.ts';

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

/** Characters of a failure's reason, which people read. */
const reasonLengthMax = 500;

/** Keys of one statement. The rows of a claim fit, and ten texts of statements are enough. */
const keysMax = 512;

/** Time for a status without a deadline, and for statements that are not awaited. Milliseconds. */
const statementMsMax = 10_000;

/**
 * Rows of any size that one transaction may change: an envelope has at most 64 KiB, a transaction
 * 10 MiB, and DSQL counts the whole of a changed row.
 */
const largestRowsMax = 100;

const piecesOf = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / largestRowsMax) }, (_, piece) =>
    items.slice(piece * largestRowsMax, (piece + 1) * largestRowsMax),
  );

const allShards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

type Keys = { readonly shard: number; readonly ids: readonly string[] };

/**
 * The keys of rows for each shard. Each list is filled up, so that few texts of statements exist.
 */
const keysOf = (ids: readonly string[]): readonly Keys[] =>
  [...Map.groupBy(ids, outboxShard)].flatMap(([shard, ofShard]) =>
    Array.from({ length: Math.ceil(ofShard.length / keysMax) }, (_, piece) => ({
      shard,
      ids: padded(ofShard.slice(piece * keysMax, (piece + 1) * keysMax)),
    })),
  );

/** Milliseconds since the epoch. */
const timeOf = (value: unknown): number =>
  value instanceof Date ? value.getTime() : Date.parse(String(value));

/** The age of the oldest row in the status of one part. */
const oldestAgeMsOf = (row: Row): number => {
  const times = ['first_time', 'last_time', 'failed_time'].map((column) => row[column]);
  const oldest = Math.min(...times.filter((time) => time !== null).map(timeOf));
  return Number.isFinite(oldest) ? Math.max(0, timeOf(row['now']) - oldest) : 0;
};

const boundedCountOf = (rows: readonly Row[], column: string): BoundedCount => {
  const counts = rows.map((row) => Number(row[column]));
  return {
    count: counts.reduce((sum, count) => sum + Math.min(count, outboxCountPerShardMax), 0),
    orMore: counts.some((count) => count > outboxCountPerShardMax),
  };
};

type Sql = ReturnType<typeof outboxStatements>;

/** The envelope of a row; undefined where a person has changed the row and it holds none. */
const envelopeOf = (row: Row): EventEnvelope | undefined => {
  try {
    const wire: unknown = JSON.parse(String(row['envelope']));
    return isEnvelope(wire) ? wire : undefined;
  } catch {
    return undefined;
  }
};

const noEnvelope = 'The envelope in this row is none: write it anew and redrive the event';

/**
 * Separates rows with an envelope from others, which would end each run of a relay that reads them.
 */
const readClaimed = (rows: readonly Row[]) => {
  const claimed: ClaimedEvent[] = [];
  const failed: OutboxFailure[] = [];
  for (const row of rows) {
    const event = envelopeOf(row);
    if (event) claimed.push({ event, attempts: Number(row['attempts']) });
    else failed.push({ eventId: String(row['id']), reason: noEnvelope, retryInMs: undefined });
  }
  return { claimed, failed };
};

const claimOf = (sql: Sql, claim: OutboxClaim): Statement => {
  const { owner, shard, origin, ageMsMin, leaseMs, rowsMax } = claim;
  return ageMsMin === undefined
    ? statement(sql.claim(rowsMax), shard, origin, owner, leaseMs)
    : statement(sql.claimOld(rowsMax), shard, origin, owner, leaseMs, ageMsMin);
};

const markPublished = (sql: Sql, windowMs: number, ids: readonly string[]): readonly Statement[] =>
  keysOf(ids).map((keys) =>
    statement(sql.markPublished(keys.ids.length), keys.shard, windowMs, ...keys.ids),
  );

const settlePublished = (
  sql: Sql,
  windowMs: number,
  owner: string,
  ids: readonly string[],
): readonly Statement[] =>
  keysOf(ids).map((keys) =>
    statement(sql.settlePublished(keys.ids.length), keys.shard, windowMs, owner, ...keys.ids),
  );

const settleFailed = (
  sql: Sql,
  owner: string,
  { eventId, reason, retryInMs }: OutboxFailure,
): Statement => {
  const row = [outboxShard(eventId), eventId, owner, reason.slice(0, reasonLengthMax)] as const;
  return retryInMs === undefined
    ? statement(sql.settleDead, ...row)
    : statement(sql.settleRetried, ...row, retryInMs);
};

/**
 * Creates the outbox on DSQL. `insert` is for the unit of work, in whose transaction the rows are.
 */
export const createDsqlOutbox = (
  connections: ConnectionPool,
  options: DsqlOutboxOptions,
): Outbox & {
  readonly insert: (
    events: readonly EventEnvelope[],
    scheduled?: readonly ScheduledEvent[],
  ) => readonly Statement[];
} => {
  const { graceMs, replayWindowMs } = options;
  const sql = outboxStatements(options.schema);

  const run = (one: Statement, deadline?: number) =>
    query(connections, one, { writes: true, ...defined({ deadline }) });

  /** Runs statements in one transaction; a single one needs no BEGIN. */
  const runAll = async (statements: readonly Statement[]): Promise<void> => {
    const [first] = statements;
    if (first && statements.length === 1) await run(first);
    else if (first) {
      const deadline = Date.now() + statementMsMax;
      await queryTogether(connections, statements, { deadline, writes: true });
    }
  };

  /** Runs one statement for each part, in one flight. */
  const readParts = async (text: string, shards: readonly number[], deadline: number) => {
    const statements = shards.map((shard) => statement(text, shard));
    return queryTogether(connections, statements, { deadline, writes: false });
  };

  return {
    insert: (events, scheduled = []) => insertRows(sql, graceMs, events, scheduled),
    markPublished: (ids) => {
      const marks = markPublished(sql, replayWindowMs, ids);
      return unlessTooLarge(
        () => runAll(marks),
        async () => {
          for (const mark of marks) await run(mark);
        },
      );
    },
    due: async (shards, deadline) => {
      const parts = await readParts(sql.due, shards, deadline);
      return parts.flatMap(({ rows }, index) => {
        const due = rows.filter((row) => row['is_due'] === true);
        const origins = new Set(due.map((row) => String(row['origin_region'])));
        return [...origins].map((origin) => ({ shard: shards[index] as number, origin }));
      });
    },
    claim: async (claim) => {
      const claimRows = (rowsMax: number) => run(claimOf(sql, { ...claim, rowsMax }));
      const { rows } = await unlessTooLarge(
        () => claimRows(claim.rowsMax),
        () => claimRows(Math.min(claim.rowsMax, largestRowsMax)),
      );
      const { claimed, failed } = readClaimed(rows);
      await runAll(failed.map((failure) => settleFailed(sql, claim.owner, failure)));
      return claimed;
    },
    settle: (owner, published, failed) => {
      const settled = (ids: readonly string[], failures: readonly OutboxFailure[]) =>
        runAll([
          ...settlePublished(sql, replayWindowMs, owner, ids),
          ...failures.map((failure) => settleFailed(sql, owner, failure)),
        ]);
      return unlessTooLarge(
        () => settled(published, failed),
        async () => {
          for (const piece of piecesOf(published)) await settled(piece, []);
          for (const piece of piecesOf(failed)) await settled([], piece);
        },
      );
    },
    purge: ({ shard, origin, rowsMax, deadline }) =>
      purgeInPieces(rowsMax, async (rows) => {
        const { rowCount } = await run(statement(sql.purge(rows), shard, origin), deadline);
        return rowCount;
      }),
    status: async (deadline = Date.now() + statementMsMax) => {
      const parts = await readParts(sql.status, allShards, deadline);
      const rows = parts.flatMap((part) => part.rows);
      return {
        pending: boundedCountOf(rows, 'pending'),
        dead: boundedCountOf(rows, 'dead'),
        oldestAgeMs: Math.max(0, ...rows.map(oldestAgeMsOf)),
      };
    },
    redrive: async (ids) => {
      let redriven = 0;
      for (const keys of keysOf(ids)) {
        const one = statement(sql.redrive(keys.ids.length), keys.shard, ...keys.ids);
        redriven += (await run(one)).rowCount;
      }
      return redriven;
    },
  };
};
