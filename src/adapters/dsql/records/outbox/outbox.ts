import { defined } from '../../../../domain/kernel/defined.ts';
import type { BoundedCount, Outbox } from '../../../../domain/kernel/index.ts';
import {
  outboxCountPerShardMax,
  outboxShardCount,
} from '../../../../domain/kernel/outbox/outbox.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { query } from '../../transaction/query.ts';
import { queryTogether } from '../../transaction/query-together.ts';
import { purgeInPieces } from '../../transaction/transaction-size.ts';
import { type Row, type Statement, statement } from '../../wire/statement.ts';
import { timeOf } from '../column-time.ts';
import { createDueLanes, createOutboxClaims, readClaimed } from './outbox-claims.ts';
import { createOutboxSettlements } from './outbox-settlements.ts';
import { outboxStatements } from './outbox-statements.ts';
import { keysOf } from './outbox-write-statements.ts';
import { createOutboxWriter, type DsqlOutboxOptions, type OutboxWriter } from './outbox-writer.ts';

/** Time for a status without a deadline. Milliseconds. */
const statementMsMax = 10_000;

const allShards = Array.from({ length: outboxShardCount }, (_, shard) => shard);

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

/**
 * Creates the outbox on DSQL. `insert` is for the unit of work, in whose transaction the rows are.
 */
export const createDsqlOutbox = (
  connections: ConnectionPool,
  options: DsqlOutboxOptions,
): Outbox & OutboxWriter => {
  const sql = outboxStatements(options.schema);
  const claimRows = createOutboxClaims(connections, sql);
  const settle = createOutboxSettlements(connections, sql, options.replayWindowMs);

  const run = (one: Statement, deadline?: number) =>
    query(connections, one, { writes: true, ...defined({ deadline }) });

  /** Runs one statement for each part, in one flight. */
  const readParts = async (
    text: string,
    shards: readonly number[],
    deadline: number,
    ...parameters: readonly string[]
  ) => {
    const statements = shards.map((shard) => statement(text, shard, ...parameters));
    return queryTogether(connections, statements, { deadline, writes: false });
  };

  return {
    ...createOutboxWriter(connections, options),
    due: createDueLanes(connections, sql),
    claim: async (claim) => {
      const { claimed, failed } = readClaimed(await claimRows(claim));
      await settle(claim.owner, [], failed);
      return claimed;
    },
    settle,
    expired: async (origin, shards, deadline) => {
      const parts = await readParts(sql.expired, shards, deadline, origin);
      return shards.filter((_, index) => (parts[index]?.rows.length ?? 0) > 0);
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
