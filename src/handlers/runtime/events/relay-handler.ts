import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import middy from '@middy/core';
import {
  type InvocationMetrics,
  StorePersistenceLayer,
} from '../../../adapters/powertools/index.ts';
import {
  type CleanupReport,
  type Clock,
  type IdempotencyStore,
  InvalidInput,
  type Logger,
  type RelayReport,
} from '../../../domain/kernel/index.ts';
import { guardedLogger, guardedMetrics } from '../guarded-parts.ts';
import { type LambdaContext, observeInvocation, runContext } from '../invocation.ts';

/** One tick of the schedule. */
type Tick = { readonly scheduledTime: string };

/**
 * How long a tick is remembered: EventBridge Scheduler delivers it again for a day at most.
 * Seconds.
 */
const tickSecondsMax = 86_400;

const isTick = (event: unknown): event is Tick =>
  typeof event === 'object' &&
  event !== null &&
  typeof (event as Partial<Tick>).scheduledTime === 'string';

/**
 * The result of one tick: the relay's work, and the records that were deleted because nobody needs
 * them any more.
 */
export type TickReport = RelayReport & { readonly records: CleanupReport };

/**
 * A handler that runs the relay on a schedule, once per tick and Region: the schedule delivers at
 * least once, and the relay's effect is outside the database, so a lease guards it. It deletes
 * expired records in the time that is left.
 */
export const createRelayHandler = (deps: {
  readonly relay: { readonly run: (deadline: number) => Promise<RelayReport> };
  readonly cleanup: { readonly run: (deadline: number) => Promise<CleanupReport> };
  readonly store: IdempotencyStore;
  readonly region: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
}) => {
  const { relay, cleanup, store, region, clock } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);

  const tick = async (_tick: Tick, context: LambdaContext): Promise<TickReport> => {
    const { deadline } = runContext(context, clock);
    const relayed = await relay.run(deadline);
    const report = { ...relayed, records: await cleanup.run(deadline) };
    logger.info('Outbox relayed', report);
    return report;
  };
  const tickOnce = makeIdempotent(tick, {
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
    const { scheduledTime } = event;
    try {
      // Each run has an object of its own, by which the persistence layer tells invocations apart.
      return await tickOnce({ scheduledTime }, context);
    } catch (error) {
      if (!(error instanceof IdempotencyAlreadyInProgressError)) throw error;
      logger.info('This tick is being relayed already', { tick: scheduledTime });
      return undefined;
    }
  };

  return middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
};
