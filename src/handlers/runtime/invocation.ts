import {
  describeError,
  errorWithoutValues,
  type InvocationMetrics,
} from '../../adapters/powertools/index.ts';
import {
  type Causation,
  type Clock,
  Fault,
  type Logger,
  type RunContext,
  type Span,
  type Tracer,
} from '../../domain/kernel/index.ts';
import { untraced } from '../../domain/kernel/observability/observability.ts';
import { RequestRefused } from './api/api-answer.ts';
import { idempotencyAnswer, persistenceCause } from './api/idempotency-answer.ts';
import { guardedLogger, guardedMetrics } from './guarded-parts.ts';
import type { FailedRequest, LambdaContext, LambdaHandler } from './lambda-handler.ts';
import {
  currentContext,
  inContext,
  inContextOf,
  type LogContext,
} from './log-context/log-context.ts';
import type { InvocationSpan } from './spans.ts';

/**
 * Time kept for publishing, logging and answering after the last attempt at a commit, in
 * milliseconds.
 */
const answerMsReserve = 500;

/** The time, the deadline and the trace that one invocation gives to its work. */
export const runContext = (
  context: LambdaContext,
  clock: Clock,
  causation: Partial<Causation> = {},
): RunContext => {
  const now = clock.now();
  return {
    now,
    deadline: now + context.getRemainingTimeInMillis() - answerMsReserve,
    causation: { correlationid: context.awsRequestId, ...causation },
  };
};

/**
 * Whether the caller has to change its request. Such an error is no reason to wake the people who
 * run the service.
 */
export const isCallersFault = (thrown: unknown): boolean => {
  const error = persistenceCause(thrown);
  if (idempotencyAnswer(error)) return true;
  if (error instanceof Fault) return error.kind === 'InvalidInput';
  return error instanceof RequestRefused;
};

/** The first of an error's descriptions, in one line. */
export const reasonOf = (error: unknown): string => {
  const [described] = describeError(error);
  return described === undefined ? String(error) : `${described.name}: ${described.message}`;
};

/**
 * Middleware that ends every invocation the same way. It writes the metrics and logs the exception.
 * It removes from the exception what Lambda must not see, such as rows that a database error
 * quotes.
 */
export const observeInvocation = (deps: {
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
}) => {
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  return {
    after: () => metrics.flush(),
    onError: (request: FailedRequest) => {
      const { error, context } = request;
      const fields = { requestId: context.awsRequestId };
      inContextOf(error, () => {
        if (isCallersFault(error)) {
          logger.warn('Invocation refused', { ...fields, reason: reasonOf(error) });
        } else {
          logger.error('Invocation failed', fields, error);
        }
      });
      request.error = errorWithoutValues(error);
      return metrics.flush();
    },
  };
};

/** Time that is kept to give the answer to Lambda when the spans are sent. Milliseconds. */
const handOverMs = 50;

/** How a handler makes the context and the span of its invocations. */
type InvocationScope = {
  readonly contextOf: (event: unknown, context: LambdaContext) => LogContext;
  readonly tracer: Tracer;
  /** Absent: the invocation has no span of its own. */
  readonly spanOf?: (
    event: unknown,
    context: LambdaContext,
    traceparent: string | undefined,
  ) => InvocationSpan;
};

/** Runs work in a context whose trace is the one of a span, where the span has one. */
export const inSpan = <T>(span: Span | undefined, work: () => T): T => {
  const context = currentContext();
  const traceparent = span?.traceparent;
  return context && traceparent !== undefined
    ? inContext({ ...context, traceparent }, work)
    : work();
};

/**
 * A handler all of whose work runs in the context and the span of its invocation, middlewares that
 * are added later included. Spans are sent before the answer.
 */
export const scopedHandler = (composed: LambdaHandler, scope: InvocationScope): LambdaHandler => {
  const { contextOf, tracer, spanOf } = scope;
  const { flush } = tracer;

  const invoke = (event: unknown, context: LambdaContext): Promise<unknown> => {
    const log = contextOf(event, context);
    return inContext(log, () => {
      if (!spanOf || tracer === untraced) return composed(event, context);
      const made = spanOf(event, context, log.traceparent);
      const run = async (span?: Span): Promise<unknown> => {
        const answer = await inSpan(span, () => composed(event, context));
        const { statusCode: status } = Object(answer) as { readonly statusCode?: unknown };
        if (typeof status === 'number') span?.tell({ status });
        return answer;
      };
      return tracer.span(made.name, run, made.start);
    });
  };

  const invokeAndFlush = async (event: unknown, context: LambdaContext): Promise<unknown> => {
    try {
      return await invoke(event, context);
    } finally {
      await flush?.(context.getRemainingTimeInMillis() - handOverMs);
    }
  };

  const handler: LambdaHandler = Object.assign(
    (event: unknown, context: LambdaContext) =>
      flush ? invokeAndFlush(event, context) : invoke(event, context),
    {
      use: (middleware: Parameters<LambdaHandler['use']>[0]) => {
        composed.use(middleware);
        return handler;
      },
    },
  );
  return handler;
};
