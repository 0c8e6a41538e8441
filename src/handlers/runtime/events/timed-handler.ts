import middy from '@middy/core';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import type { Logger, Tracer } from '../../../domain/kernel/index.ts';
import { untraced } from '../../../domain/kernel/observability/observability.ts';
import { guardedTracer } from '../guarded-parts.ts';
import { observeInvocation, scopedHandler } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { contextOfInvocation, parentOf } from '../log-context/invocation-context.ts';
import { timerSpan } from '../spans.ts';

/** The tracing of a handler that a schedule invokes. */
export type TimedTracing = {
  readonly tracer?: Tracer;
  /** The X-Ray header of the invocation under way. */
  readonly traceHeader?: () => string | undefined;
};

/** Composes a handler that a schedule invokes: the ids of its log lines, its metrics, its span. */
export const timedHandler = (
  name: string,
  handle: (event: unknown, context: LambdaContext) => Promise<unknown>,
  deps: TimedTracing & { readonly logger: Logger; readonly metrics: InvocationMetrics },
): LambdaHandler => {
  const { logger, metrics, tracer = untraced, traceHeader } = deps;
  const composed = middy(handle as never, { timeoutEarlyInMillis: 0 }).use(
    observeInvocation({ logger, metrics }),
  );
  return scopedHandler(composed as unknown as LambdaHandler, {
    tracer: guardedTracer(tracer),
    contextOf: (_, context) => contextOfInvocation(context, traceHeader?.()),
    spanOf: (_, context, traceparent) =>
      timerSpan(name, context, parentOf(traceparent, traceHeader?.())),
  });
};
