import middy from '@middy/core';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import { type EventEnvelope, InvariantViolation } from '../../../domain/kernel/index.ts';
import { consumerNameProblem } from '../../../domain/kernel/work/consumer.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from '../guarded-parts.ts';
import { inSpan, observeInvocation, scopedHandler } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { contextOfInvocation, traceparentIn } from '../log-context/invocation-context.ts';
import { invocationIds } from '../spans.ts';
import { deliveryOf, readDeliveries } from './deliveries.ts';
import { createHandleEvent, type Delivery, type EventHandlerDeps } from './handle-event.ts';
import { createHandleQueue } from './handle-queue.ts';
import { logEventFailure } from './log-failure.ts';

/**
 * A handler for events as a rule of EventBridge sends them, one per invocation or several in a
 * list, or as a queue of SQS does. The event source mapping of a queue must have
 * `ReportBatchItemFailures`: without it, Lambda deletes the messages that have failed too.
 *
 * The consumer's name is given here and nowhere else: it reaches the use case as `once`.
 * `EventConsumer` gives each function its own as CONSUMER_NAME and refuses a second consumer of the
 * same name, which would handle nothing.
 *
 * A duplicate is acknowledged. An event that cannot be read goes to `deadLetters` at once and is
 * acknowledged too. Everything else that is not handled is thrown: Lambda tries again, and in the
 * end its on-failure queue has the event together with the error. In a list, the other events are
 * handled first. Of a queue, only the messages that have failed are delivered again; a group of a
 * FIFO queue stops at its first failure.
 *
 * @example
 * const consumer = readConsumerName(env);
 * const consume = projectTotals(runner);
 * export const handler = createEventHandler({ ...service, consumer, catalogue, consume });
 *
 * @throws {InvariantViolation} when the name is no valid name of a consumer
 */
export const createEventHandler = <Event extends EventEnvelope>(
  deps: EventHandlerDeps<Event> & {
    readonly metrics: InvocationMetrics;
  },
): LambdaHandler => {
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  const tracer = guardedTracer(deps.tracer);
  const problem = consumerNameProblem(deps.consumer);
  if (problem !== undefined) throw new InvariantViolation(`The name of a consumer ${problem}`);
  const handleEvent = createHandleEvent({ ...deps, logger, tracer });

  const handleQueue = createHandleQueue({ handleEvent, logger, receivesMax: deps.receivesMax });

  const handleList = async (
    deliveries: readonly Delivery[],
    context: LambdaContext,
  ): Promise<{ readonly handled: number }> => {
    const errors: unknown[] = [];
    for (const delivery of deliveries) {
      try {
        await handleEvent(delivery, context);
      } catch (error) {
        // `observeInvocation` logs the one that is thrown.
        if (errors.push(error) > 1) logEventFailure(logger, {}, error);
      }
    }
    // The whole list is delivered again. The inbox knows those that are done.
    if (errors.length > 0) throw errors[0];
    return { handled: deliveries.length };
  };

  const inBatchSpan = <T>(
    deliveries: readonly Delivery[],
    context: LambdaContext,
    work: () => Promise<T>,
  ): Promise<T> => {
    const { consumer } = deps;
    const about = { consumer, eventCount: deliveries.length };
    return tracer.span(
      'events',
      (span) => inSpan(span, work),
      () => ({
        kind: 'consumer',
        links: deliveries.flatMap(({ payload }) => traceparentIn(payload) ?? []),
        about: { trigger: 'pubsub', ...invocationIds(context), ...about },
      }),
    );
  };

  const handle = (event: unknown, context: LambdaContext) => {
    const given = readDeliveries(event);
    switch (given.kind) {
      case 'event':
        return handleEvent(given.delivery, context);
      case 'list':
        return inBatchSpan(given.deliveries, context, () => handleList(given.deliveries, context));
      case 'queue':
        return inBatchSpan(given.records.map(deliveryOf), context, () =>
          handleQueue(given.records, context),
        );
    }
  };

  const composed = middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
  return scopedHandler(composed as unknown as LambdaHandler, {
    tracer,
    contextOf: (_, context) => contextOfInvocation(context, deps.traceHeader?.()),
  });
};
