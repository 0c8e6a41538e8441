import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import {
  type InvocationMetrics,
  StorePersistenceLayer,
} from '../../../adapters/powertools/index.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import {
  type CleanupReport,
  type Clock,
  type IdempotencyStore,
  InvalidInput,
  type Logger,
  type RelayReport,
} from '../../../domain/kernel/index.ts';
import { guardedLogger, guardedMetrics } from '../guarded-parts.ts';
import { runContext } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { type TimedTracing, timedHandler } from './timed-handler.ts';

/** One tick of the schedule, or a run that follows it. */
export type RelayTick = {
  /** RFC 3339. */
  readonly scheduledTime: string;
  /** Seconds until the next tick; absent: no run follows this one. */
  readonly rateSeconds?: number;
  /** How many runs of the same tick have gone before; absent: none. */
  readonly followUp?: number;
};

/**
 * Runs that follow one tick at most. Lambda ends a chain of a function that invokes itself at 16
 * (developer guide, recursive loop detection).
 */
const followUpsMax = 12;

/** A run that has less time before the next tick would only start. Milliseconds. */
const followUpMsMin = 5_000;

/** Time to ask Lambda for a run. Milliseconds. */
const askMsMax = 2_000;

/**
 * How long a tick is remembered: EventBridge Scheduler delivers it again for a day at most.
 * Seconds.
 */
const tickSecondsMax = 86_400;

const isCount = (value: unknown): boolean =>
  value === undefined || (Number.isSafeInteger(value) && Number(value) > 0);

const isTick = (event: unknown): event is RelayTick => {
  if (typeof event !== 'object' || event === null) return false;
  const { scheduledTime, rateSeconds, followUp } = event as Partial<RelayTick>;
  return typeof scheduledTime === 'string' && isCount(rateSeconds) && isCount(followUp);
};

/** The time of the next tick, milliseconds since the epoch; NaN where nobody knows it. */
const nextTickAt = ({ scheduledTime, rateSeconds = Number.NaN }: RelayTick): number =>
  Date.parse(scheduledTime) + rateSeconds * 1_000;

const isFollowUp = ({ followUp }: RelayTick): boolean => followUp !== undefined;

/** The run to ask for after one that had more to do than time; `undefined` when there is none. */
const followUpOf = (tick: RelayTick, now: number): RelayTick | undefined => {
  const followUp = (tick.followUp ?? 0) + 1;
  const hasRoom = now + followUpMsMin < nextTickAt(tick);
  return hasRoom && followUp <= followUpsMax ? { ...tick, followUp } : undefined;
};

/**
 * The result of one tick: the relay's work, and the records that were deleted because nobody needs
 * them any more.
 */
export type TickReport = RelayReport & { readonly records: CleanupReport };

/**
 * A handler that runs the relay on a schedule, once per tick and Region: the schedule delivers at
 * least once, and the relay's effect is outside the database, so a lease guards it. It deletes
 * expired records in the time that is left.
 *
 * A run whose time ends before its work asks for another one at once. Such a run ends when the next
 * tick is due, so that the two do not claim the same rows.
 */
export const createRelayHandler = (
  deps: TimedTracing & {
    readonly relay: { readonly run: (deadline: number) => Promise<RelayReport> };
    readonly cleanup: { readonly run: (deadline: number) => Promise<CleanupReport> };
    readonly store: IdempotencyStore;
    /**
     * Invokes this function once more without waiting for it; absent: more work waits for the next
     * tick.
     */
    readonly runAgain?: ((tick: RelayTick, signal: AbortSignal) => Promise<void>) | undefined;
    readonly region: string;
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: InvocationMetrics;
  },
): LambdaHandler => {
  const { relay, cleanup, store, runAgain, region, clock } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);

  /** The schedule starts the next run where this fails, so it is no failure of the run before. */
  const askForMore = async (tick: RelayTick): Promise<void> => {
    const next = followUpOf(tick, clock.now());
    if (!runAgain || !next) return;
    try {
      await runAgain(next, AbortSignal.timeout(askMsMax));
    } catch (error) {
      logger.warn('No other run could be asked for: the schedule starts the next one', {
        ...next,
        reason: String(error),
      });
    }
  };

  const run = async (tick: RelayTick, context: LambdaContext): Promise<TickReport> => {
    const own = runContext(context, clock).deadline;
    const deadline = isFollowUp(tick) ? Math.min(own, nextTickAt(tick)) : own;
    const relayed = await relay.run(deadline);
    const report = { ...relayed, records: await cleanup.run(deadline) };
    logger.info('Outbox relayed', report);
    if (report.hasMore) await askForMore(tick);
    return report;
  };
  const runOnce = makeIdempotent(run, {
    persistenceStore: new StorePersistenceLayer(store),
    keyPrefix: `relay-outbox.${region}`,
    config: new IdempotencyConfig({
      throwOnNoIdempotencyKey: true,
      expiresAfterSeconds: tickSecondsMax,
      hashFunction: 'sha256',
    }),
  });

  const handle = async (event: unknown, context: LambdaContext) => {
    if (!isTick(event)) throw new InvalidInput('Send {"scheduledTime": "<RFC 3339 time>"}');
    const { scheduledTime, rateSeconds, followUp } = event;
    if (isFollowUp(event) && !(clock.now() < nextTickAt(event))) {
      logger.info('Follow-up run skipped: the next tick is due', { tick: scheduledTime });
      return undefined;
    }
    try {
      // Each run has an object of its own, by which the persistence layer tells invocations apart.
      return await runOnce({ scheduledTime, ...defined({ rateSeconds, followUp }) }, context);
    } catch (error) {
      if (!(error instanceof IdempotencyAlreadyInProgressError)) throw error;
      logger.info('This tick is being relayed already', { tick: scheduledTime });
      return undefined;
    }
  };

  return timedHandler('relay', handle, { ...deps, logger, metrics });
};
