import type { Clock, Random } from './environment.ts';
import { Fault } from './fault.ts';
import type { Logger, Metrics } from './observability.ts';

/** Parts of each table of records, by a digest of the key: rows spread evenly, and no index grows at one end. */
export const recordShardCount = 16;

/** Records of commands and of leases; records of the events that consumers have handled. */
export type RecordKind = 'idempotency' | 'inbox';

/** Records that made repetitions harmless and are no longer needed for that. */
export interface ExpiredRecords {
  /**
   * Deletes records that have outlived their retention by the database's clock, in one transaction.
   *
   * @returns how many; fewer than `rowsMax` when there are no more in these shards
   * @throws {Conflict} when another one has just changed one of them: nothing is deleted
   */
  readonly purge: (purge: {
    readonly kind: RecordKind;
    readonly shards: readonly number[];
    readonly rowsMax: number;
    /** Milliseconds since the epoch. */
    readonly deadline: number;
  }) => Promise<number>;
}

/** Rows deleted by one transaction: a third of what DSQL takes. */
const batchRowsMax = 1_000;

/** Shards that one statement looks at: with four stripes, an idle run asks eight times. */
const stripeShards = 4;

/** Batches per stripe and run: 80,000 records a minute and Region in all, more than a relay's minute has commands. */
const stripeBatchesMax = 10;

/** Time that one batch is given, in milliseconds. */
const batchMsMax = 2_000;

/** How many records one run has deleted. */
export type CleanupReport = Readonly<Record<RecordKind, number>>;

type Stripe = { readonly kind: RecordKind; readonly shards: readonly number[] };

/** Not a constant: whoever does not clean up does not load it. */
const stripesOf = (kinds: readonly RecordKind[]): readonly Stripe[] =>
  kinds.flatMap((kind) =>
    Array.from({ length: recordShardCount / stripeShards }, (_, stripe) => ({
      kind,
      shards: Array.from(
        { length: stripeShards },
        (_shard, index) => stripe * stripeShards + index,
      ),
    })),
  );

/**
 * Deletes expired records in bounded batches.
 *
 * Run it on a schedule in each Region. Each run begins at a stripe of its own choice, so those of two Regions seldom
 * meet; where they do, one of them conflicts and goes on with its next stripe. Either does all the work alone.
 */
export const createCleanup = (deps: {
  readonly records: ExpiredRecords;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): { readonly run: (deadline: number) => Promise<CleanupReport> } => {
  const { records, clock, random, logger, metrics } = deps;
  const stripes = stripesOf(['idempotency', 'inbox']);
  const hasTime = (deadline: number) => clock.now() + batchMsMax < deadline;

  const purgeStripe = async (stripe: Stripe, deadline: number): Promise<number> => {
    let total = 0;
    for (let batch = 0; batch < stripeBatchesMax && hasTime(deadline); batch += 1) {
      try {
        const purged = await records.purge({ ...stripe, rowsMax: batchRowsMax, deadline });
        total += purged;
        if (purged < batchRowsMax) break;
      } catch (error) {
        if (!(error instanceof Fault && error.kind === 'Conflict')) throw error;
        logger.debug('Another one deletes the same records', { kind: stripe.kind });
        break;
      }
    }
    return total;
  };

  return {
    run: async (deadline) => {
      const first = Math.floor(random.next() * stripes.length);
      const report = { idempotency: 0, inbox: 0 };
      for (const stripe of [...stripes.slice(first), ...stripes.slice(0, first)]) {
        report[stripe.kind] += await purgeStripe(stripe, deadline);
      }
      metrics.add('RecordPurged', report.idempotency + report.inbox);
      return report;
    },
  };
};
