import type {
  EventEnvelope,
  EventPublisher,
  SpanStart,
  Tracer,
} from '../../domain/kernel/index.ts';
import { parseTraceparent } from '../../domain/kernel/observability/trace-context.ts';
import type { LambdaContext } from './lambda-handler.ts';
import { currentContext } from './log-context/log-context.ts';

/** A span of an invocation: its name, and all else that is known when it begins. */
export type InvocationSpan = { readonly name: string; readonly start: () => SpanStart };

/** Lambda's ids of an invocation, for its span. */
export const invocationIds = ({ awsRequestId, invokedFunctionArn }: LambdaContext) => ({
  requestId: awsRequestId,
  functionArn: invokedFunctionArn,
});

/** The span of an invocation by a schedule. */
export const timerSpan = (
  name: string,
  context: LambdaContext,
  parent: string | undefined,
): InvocationSpan => ({
  name,
  start: () => ({ kind: 'server', parent, about: { trigger: 'timer', ...invocationIds(context) } }),
});

/** The traces of events, each once, and without those of the span that sends them. */
const linksOf = (events: readonly EventEnvelope[]): readonly string[] => {
  const own = parseTraceparent(currentContext()?.traceparent)?.traceId;
  const all = new Set(events.flatMap(({ traceparent }) => traceparent ?? []));
  return [...all].filter((one) => parseTraceparent(one)?.traceId !== own);
};

/**
 * A publisher whose requests have spans. Events of other traces, which the relay sends, are linked.
 */
export const tracedPublisher = (
  publisher: EventPublisher,
  tracer: Tracer,
  bus: string,
): EventPublisher => ({
  publish: (events, deadline) =>
    tracer.span(
      'publish',
      async (span) => {
        const results = await publisher.publish(events, deadline);
        span?.tell({ failedCount: results.filter(({ ok }) => !ok).length });
        return results;
      },
      () => ({
        kind: 'producer',
        links: linksOf(events),
        about: { bus, eventCount: events.length },
      }),
    ),
});
