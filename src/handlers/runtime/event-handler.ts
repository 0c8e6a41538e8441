import middy from '@middy/core';
import type { InvocationMetrics } from '../../adapters/powertools/index.ts';
import {
  type Clock,
  type EventCatalogue,
  type EventEnvelope,
  InvalidInput,
  type Json,
  type Logger,
  type Outcome,
  type RunContext,
  type Tracer,
} from '../../domain/kernel/index.ts';
import { type LambdaContext, observeInvocation, runContext } from './invocation.ts';

/** What EventBridge wraps around an event; only the detail is ours. */
type BusEvent = { readonly detail?: unknown };

const detailOf = (event: unknown): unknown => {
  if (typeof event === 'object' && event !== null && 'detail' in event) {
    return (event as BusEvent).detail;
  }
  throw new InvalidInput('Not an event of EventBridge: it has no detail');
};

/**
 * A handler for one event per invocation, as a rule of EventBridge Classic sends it.
 *
 * A duplicate is acknowledged. Everything else that is not handled is thrown: Lambda tries again, and in the end
 * its on-failure queue has the event together with the error.
 *
 * @example
 * export const handler = createEventHandler({ ...service, catalogue, consume: projectTotals(runner) });
 */
export const createEventHandler = <Event extends EventEnvelope>(deps: {
  readonly catalogue: Pick<EventCatalogue<Event>, 'parse'>;
  readonly consume: (event: Event, run: RunContext) => Promise<Outcome<Json>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  readonly tracer: Tracer;
}) => {
  const { catalogue, consume, clock, logger, metrics, tracer } = deps;

  const handle = async (busEvent: unknown, context: LambdaContext) => {
    const event = catalogue.parse(detailOf(busEvent));
    const { correlationid, traceparent } = event;
    const run = runContext(context, clock, {
      correlationid,
      causationid: event.id,
      ...(traceparent === undefined ? {} : { traceparent }),
    });
    const outcome = await tracer.span(event.type, () => consume(event, run));
    if (outcome.status === 'refused') {
      throw new InvalidInput(`${outcome.refusal.code}: ${outcome.refusal.message}`);
    }
    logger.info('Event handled', { event: event.id, type: event.type, status: outcome.status });
    return { status: outcome.status };
  };

  return middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
};
