import middy from '@middy/core';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import { type EventEnvelope, InvariantViolation } from '../../../domain/kernel/index.ts';
import { consumerNameProblem } from '../../../domain/kernel/work/consumer.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from '../guarded-parts.ts';
import { type LambdaContext, observeInvocation } from '../invocation.ts';
import { createHandleEvent, type EventHandlerDeps } from './handle-event.ts';

/**
 * A handler for one event per invocation, as a rule of EventBridge Classic sends it.
 *
 * The consumer's name is given here and nowhere else: it reaches the use case as `once`.
 * `EventConsumer` gives each function its own as CONSUMER_NAME and refuses a second consumer of the
 * same name, which would handle nothing.
 *
 * A duplicate is acknowledged. An event that cannot be read goes to `deadLetters` at once and is
 * acknowledged too. Everything else that is not handled is thrown: Lambda tries again, and in the
 * end its on-failure queue has the event together with the error.
 *
 * @example
 * const consumer = readConsumerName(env);
 * const consume = projectTotals(runner);
 * export const handler = createEventHandler({ ...service, consumer, catalogue, consume });
 *
 * @throws {InvariantViolation} when the name is no valid name of a consumer
 */
export const createEventHandler = <Event extends EventEnvelope>(
  deps: EventHandlerDeps<Event> & { readonly metrics: InvocationMetrics },
) => {
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  const tracer = guardedTracer(deps.tracer);
  const problem = consumerNameProblem(deps.consumer);
  if (problem !== undefined) throw new InvariantViolation(`The name of a consumer ${problem}`);
  const handleEvent = createHandleEvent({ ...deps, logger, tracer });

  const handle = (payload: unknown, context: LambdaContext) =>
    handleEvent({ payload, attempts: 1 }, context);

  return middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
};
