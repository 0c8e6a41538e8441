import { Fault } from '../fault.ts';
import { guardLogger, guardMetrics } from '../observability/guarded-observability.ts';
import type { LogFields, Logger, Metrics } from '../observability/observability.ts';
import type { Clock, Random } from '../runtime-ports.ts';
import { inTurns } from './in-turns.ts';

/**
 * Parts of each table of records, by a digest of the key: rows spread evenly, and no index grows at
 * one end.
 */
export const recordShardCount = 16;

/**
 * Records of commands and of leases; records of the events that consumers have handled; events that
 * wait for ordered consumers.
 */
export type RecordKind = 'idempotency' | 'inbox' | 'ordered';

/** A part of a table of records. */
export type RecordPart = {
  /** The table, by its records. */
  readonly kind: RecordKind;
  /** The part, 0 … 15. */
  readonly shard: number;
};

/**
 * Records that made repetitions harmless and are no longer needed for that, and events that nobody
 * can deliver any more.
 */
export interface ExpiredRecords {
  /**
   * The parts that have a record which has outlived its retention by the database's clock.
   *
   * @param deadline milliseconds since the epoch
   * @throws {Conflict} when another one has just changed a table
   */
  readonly expired: (deadline: number) => Promise<readonly RecordPart[]>;
  /**
   * Deletes records of one shard that have outlived their retention by the database's clock, the
   * oldest first.
   *
   * @returns how many; fewer than `rowsMax` when there are no more in this shard
   * @throws {Conflict} when another one has just changed one of them: nothing is deleted
   */
  readonly purge: (
    purge: RecordPart & {
      /** Rows that are deleted at most. */
      readonly rowsMax: number;
      /** Milliseconds since the epoch. */
      readonly deadline: number;
    },
  ) => Promise<number>;
}

/** Rows deleted by one transaction: a third of what DSQL takes. */
const batchRowsMax = 1_000;

/**
 * Batches per shard and run: 48,000 records of each kind a minute and Region, more than a relay's
 * minute has commands.
 */
const shardBatchesMax = 3;

/** Time that one batch is given, in milliseconds. */
const batchMsMax = 2_000;

/** How many records one run has deleted. */
export type CleanupReport = Readonly<Record<RecordKind, number>>;

/**
 * Deletes expired records in bounded batches, of those parts that have some.
 *
 * Run it on a schedule in each Region. Each run begins at a part of its own choice, so those of two
 * Regions seldom meet. Where they do, one of them conflicts and goes on with its next part. One
 * Region can do all the work alone.
 */
export const createCleanup = (deps: {
  readonly records: ExpiredRecords;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): {
  /** One run, which ends by `deadline`, in milliseconds since the epoch. */
  readonly run: (deadline: number) => Promise<CleanupReport>;
} => {
  const { records, clock, random } = deps;
  const logger = guardLogger(deps.logger);
  const metrics = guardMetrics(deps.metrics);
  const hasTime = (deadline: number): boolean => clock.now() + batchMsMax < deadline;

  /** The result of the work; `undefined` when another one changes the same records or tables. */
  const unlessConflict = async <Result>(
    work: Promise<Result>,
    about: LogFields,
  ): Promise<Result | undefined> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof Fault && error.kind === 'Conflict')) throw error;
      logger.debug('Another one changes the same records', about);
      return undefined;
    }
  };

  return {
    run: async (deadline) => {
      const found = hasTime(deadline) ? await unlessConflict(records.expired(deadline), {}) : [];
      const parts = found ?? [];
      const first = Math.floor(random.next() * parts.length);
      const report = { idempotency: 0, inbox: 0, ordered: 0 };
      const turns = [...parts.slice(first), ...parts.slice(0, first)].map((part) => ({
        part,
        batches: 0,
      }));
      await inTurns(turns, async (turn) => {
        if (turn.batches === shardBatchesMax || !hasTime(deadline)) return false;
        turn.batches += 1;
        const { kind, shard } = turn.part;
        const batch = records.purge({ kind, shard, rowsMax: batchRowsMax, deadline });
        const purged = (await unlessConflict(batch, { kind })) ?? 0;
        report[turn.part.kind] += purged;
        return purged === batchRowsMax;
      });
      metrics.add('RecordPurged', report.idempotency + report.inbox);
      if (report.ordered > 0) {
        const count = report.ordered;
        metrics.add('OrderedEventGivenUp', count);
        logger.warn('Events that an ordered consumer has not handled in time are given up', {
          count,
        });
      }
      return report;
    },
  };
};
