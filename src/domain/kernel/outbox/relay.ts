import type { EventPublisher, PublishResult } from '../events/event-publisher.ts';
import { Fault } from '../fault.ts';
import { guardLogger, guardMetrics } from '../observability/guarded-observability.ts';
import type { Logger, Metrics } from '../observability/observability.ts';
import type { Clock, Ids, Random } from '../runtime-ports.ts';
import { createFailureLog, type LogFailures } from './failure-log.ts';
import { inTurns } from './in-turns.ts';
import type { ClaimedEvent, Outbox, OutboxFailure, OutboxLane } from './outbox.ts';

/**
 * Attempts after which an event is dead and waits for a person: a day on average with the waits
 * below.
 */
const attemptsMax = 60;

/**
 * The wait before the second attempt, in milliseconds; it doubles up to the cap, with full jitter.
 */
const backoffMsBase = 1_000;
const backoffMsMax = 3_600_000;

/**
 * Rows per claim at most: fifty full `PutEvents` requests, a sixth of DSQL's 3,000 rows per
 * transaction.
 */
const claimRowsMax = 500;

/**
 * Longer than it takes to publish one claim; a crashed relay's rows wait this long. Milliseconds.
 */
const leaseMs = 60_000;

/** Time that one round is given, of claim, publish and settle or of deletion, in milliseconds. */
const roundMsMax = 2_000;

/** Rows deleted by one statement: a third of what DSQL takes in a transaction. */
const purgeRowsMax = 1_000;

/**
 * Such statements per run: 64,000 rows a minute, so that a run whose clock stands still ends too.
 */
const purgeRoundsMax = 64;

/** The numbers of one run of the relay. */
export type RelayReport = {
  readonly published: number;
  readonly failed: number;
  readonly dead: number;
  readonly purged: number;
  /** Whether rows were still due when the time ended: another run would go on at once. */
  readonly hasMore: boolean;
};

/**
 * The wait after a failed attempt, in milliseconds; `undefined` when there is no further attempt.
 */
export const relayDelayMs = (attempts: number, random: Random): number | undefined =>
  attempts >= attemptsMax
    ? undefined
    : Math.round(random.next() * Math.min(backoffMsMax, backoffMsBase * 2 ** (attempts - 1)));

const failures = (
  claimed: readonly ClaimedEvent[],
  results: readonly PublishResult[],
  random: Random,
): readonly OutboxFailure[] =>
  claimed.flatMap(({ event, attempts }, index) => {
    const result = results[index] ?? { ok: false, retryable: true, reason: 'no result' };
    if (result.ok) return [];
    const retryInMs = result.retryable ? relayDelayMs(attempts, random) : undefined;
    return [{ eventId: event.id, reason: result.reason, retryInMs }];
  });

/**
 * The result of the work; `undefined` where another transaction has just changed the same rows or
 * their table. The rows then wait for the next run.
 */
const unlessConflict = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof Fault && error.kind === 'Conflict') return undefined;
    throw error;
  }
};

/** Deletes the published rows of one Region whose replay window has ended, and counts them. */
const createPurge =
  (
    deps: { readonly outbox: Outbox; readonly region: string; readonly shards: readonly number[] },
    hasTime: (deadline: number) => boolean,
  ) =>
  async (deadline: number): Promise<number> => {
    const { outbox, region: origin } = deps;
    if (!hasTime(deadline)) return 0;
    const shards = await unlessConflict(outbox.expired(origin, deps.shards, deadline));
    const lanes = (shards ?? []).map((shard) => ({ shard, origin }));
    const purge = { rowsMax: purgeRowsMax, deadline };
    let total = 0;
    let room = purgeRoundsMax;
    await inTurns(lanes, async (lane) => {
      if (room === 0 || !hasTime(deadline)) return false;
      room -= 1;
      const purged = (await unlessConflict(outbox.purge({ ...lane, ...purge }))) ?? 0;
      total += purged;
      return purged === purgeRowsMax;
    });
    return total;
  };

/**
 * Sends what the commands could not send, and takes over the events of a Region that seems to be
 * gone.
 *
 * Run it on a schedule in each Region. It ends when nothing is due or the deadline is near. Each
 * Region deletes what is no longer needed of its own events; those of a lost Region stay until it
 * is back.
 */
export const createRelay = (deps: {
  readonly outbox: Outbox;
  readonly publisher: EventPublisher;
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly region: string;
  readonly shards: readonly number[];
  /** Age in milliseconds from which the events of another Region are taken over. */
  readonly takeoverAgeMs: number;
}): {
  /** One run, which ends by `deadline`, in milliseconds since the epoch. */
  readonly run: (deadline: number) => Promise<RelayReport>;
} => {
  const { outbox, publisher, clock, random, ids } = deps;
  const logger = guardLogger(deps.logger);
  const metrics = guardMetrics(deps.metrics);

  /**
   * Claims once, publishes and settles; `undefined` when another relay has just taken the same
   * rows.
   */
  const relayOnce = async (
    owner: string,
    lane: OutboxLane,
    deadline: number,
    logFailures: LogFailures,
  ) => {
    const age = lane.origin === deps.region ? {} : { ageMsMin: deps.takeoverAgeMs };
    const claim = { ...lane, ...age, owner, leaseMs, rowsMax: claimRowsMax };
    const claimed = await outbox.claim(claim);
    if (claimed.length === 0) return { claimed: 0, published: 0, failed: 0, dead: 0 };
    const results = await publisher.publish(
      claimed.map(({ event }) => event),
      deadline,
    );
    const published = claimed.filter((_, index) => results[index]?.ok).map(({ event }) => event.id);
    const failed = failures(claimed, results, random);
    await outbox.settle(owner, published, failed);
    logFailures(claimed, failed);
    return {
      claimed: claimed.length,
      published: published.length,
      failed: failed.length,
      dead: failed.filter(({ retryInMs }) => retryInMs === undefined).length,
    };
  };

  const hasTime = (deadline: number): boolean => clock.now() + roundMsMax < deadline;
  const purge = createPurge(deps, hasTime);

  const relayAll = async (deadline: number) => {
    const owner = ids.uuid();
    const logFailures = createFailureLog(logger);
    const total = { published: 0, failed: 0, dead: 0, hasMore: false };
    if (!hasTime(deadline)) return total;
    const lanes = await unlessConflict(outbox.due(deps.shards, deadline));
    await inTurns(lanes ?? [], async (lane) => {
      if (!hasTime(deadline)) {
        total.hasMore = true;
        return false;
      }
      const round = await unlessConflict(relayOnce(owner, lane, deadline, logFailures));
      if (!round) return false;
      total.published += round.published;
      total.failed += round.failed;
      total.dead += round.dead;
      return round.claimed > 0;
    });
    return total;
  };

  return {
    run: async (deadline) => {
      const total = await relayAll(deadline);
      const purged = await purge(deadline);
      metrics.add('OutboxRelayed', total.published);
      metrics.add('RecordPurged', purged);
      const status = await unlessConflict(outbox.status(deadline));
      if (status) {
        metrics.add('OutboxDead', status.dead.count);
        metrics.add('OutboxOldestAgeMs', status.oldestAgeMs);
      }
      if (total.dead > 0) {
        logger.warn('Events are dead and wait to be redriven', { count: total.dead });
      }
      return { ...total, purged };
    },
  };
};
