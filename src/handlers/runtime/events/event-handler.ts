import middy from '@middy/core';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import {
  type Clock,
  type ConsumerContext,
  type EventCatalogue,
  type EventEnvelope,
  InvalidInput,
  InvariantViolation,
  type Json,
  type Logger,
  type Outcome,
  type Tracer,
} from '../../../domain/kernel/index.ts';
import { consumerNameProblem } from '../../../domain/kernel/work/consumer.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from '../guarded-parts.ts';
import { type LambdaContext, observeInvocation, runContext } from '../invocation.ts';

/** EventBridge's own wrapping of an event. `detail` holds the envelope. */
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
 * The consumer's name is given here and nowhere else: it reaches the use case as `once`.
 * `EventConsumer` gives each function its own as CONSUMER_NAME and refuses a second consumer of the
 * same name, which would handle nothing.
 *
 * A duplicate is acknowledged. Everything else that is not handled is thrown: Lambda tries again,
 * and in the end its on-failure queue has the event together with the error.
 *
 * @example
 * const consumer = readConsumerName(env);
 * const consume = projectTotals(runner);
 * export const handler = createEventHandler({ ...service, consumer, catalogue, consume });
 *
 * @throws {InvariantViolation} when the name is no valid name of a consumer
 */
export const createEventHandler = <Event extends EventEnvelope>(deps: {
  readonly catalogue: Pick<EventCatalogue<Event>, 'parse'>;
  /** The consumer's name in the inbox. */
  readonly consumer: string;
  /** Passes `run` on to its work runner, `once` included. */
  readonly consume: (event: Event, run: ConsumerContext) => Promise<Outcome<Json>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  readonly tracer: Tracer;
}) => {
  const { catalogue, consumer, consume, clock } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  const tracer = guardedTracer(deps.tracer);
  const problem = consumerNameProblem(consumer);
  if (problem !== undefined) throw new InvariantViolation(`The name of a consumer ${problem}`);

  const handle = async (busEvent: unknown, context: LambdaContext) => {
    const event = catalogue.parse(detailOf(busEvent));
    const { correlationid, traceparent } = event;
    const causation = {
      correlationid,
      causationid: event.id,
      ...defined({ traceparent }),
    };
    const once = { kind: 'event', consumer, eventId: event.id } as const;
    const run = { ...runContext(context, clock, causation), once };
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
