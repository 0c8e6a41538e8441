import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import middy from '@middy/core';
import { type InvocationMetrics, StorePersistenceLayer } from '../../adapters/powertools/index.ts';
import {
  type Clock,
  type IdempotencyStore,
  InvalidInput,
  type Logger,
  type RelayReport,
} from '../../domain/kernel/index.ts';
import { type LambdaContext, observeInvocation, runContext } from './invocation.ts';

/** One tick of the schedule. */
type Tick = { readonly scheduledTime: string };

/** How long a tick is remembered: EventBridge Scheduler delivers it again for a day at most. Seconds. */
const tickSecondsMax = 86_400;

const isTick = (event: unknown): event is Tick =>
  typeof event === 'object' &&
  event !== null &&
  typeof (event as Partial<Tick>).scheduledTime === 'string';

/**
 * A handler that runs the relay on a schedule, once per tick and Region: the schedule delivers at least once, and
 * what the relay does is outside the database, so a lease guards it.
 */
export const createRelayHandler = (deps: {
  readonly relay: { readonly run: (deadline: number) => Promise<RelayReport> };
  readonly store: IdempotencyStore;
  readonly region: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
}) => {
  const { relay, store, region, clock, logger, metrics } = deps;

  const tick = async (_tick: Tick, context: LambdaContext): Promise<RelayReport> => {
    const report = await relay.run(runContext(context, clock).deadline);
    logger.info('Outbox relayed', report);
    return report;
  };
  // Anew for each invocation: the layer holds the proof of what this one has acquired.
  const tickOnce = (event: Tick, context: LambdaContext): Promise<RelayReport> =>
    makeIdempotent(tick, {
      persistenceStore: new StorePersistenceLayer(store),
      keyPrefix: `relay-outbox.${region}`,
      config: new IdempotencyConfig({
        eventKeyJmesPath: 'scheduledTime',
        throwOnNoIdempotencyKey: true,
        expiresAfterSeconds: tickSecondsMax,
        hashFunction: 'sha256',
      }),
    })(event, context);

  const handle = async (event: unknown, context: LambdaContext) => {
    if (!isTick(event)) throw new InvalidInput('Send {"scheduledTime": "<RFC 3339 time>"}');
    try {
      return await tickOnce(event, context);
    } catch (error) {
      if (!(error instanceof IdempotencyAlreadyInProgressError)) throw error;
      logger.info('This tick is being relayed already', { tick: event.scheduledTime });
      return undefined;
    }
  };

  return middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
};
