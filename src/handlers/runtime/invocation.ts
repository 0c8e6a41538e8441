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
} from '../../domain/kernel/index.ts';
import { RequestRefused } from './api/api-answer.ts';
import { idempotencyAnswer, persistenceCause } from './api/idempotency-answer.ts';
import { guardedLogger, guardedMetrics } from './guarded-parts.ts';
import type { FailedRequest, LambdaContext, LambdaHandler } from './lambda-handler.ts';
import { inContext, inContextOf, type LogContext } from './log-context/log-context.ts';

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

/**
 * A handler all of whose work runs in the context of its invocation, middlewares that are added
 * later included.
 */
export const contextHandler = (
  composed: LambdaHandler,
  contextOf: (event: unknown, context: LambdaContext) => LogContext,
): LambdaHandler => {
  const handler: LambdaHandler = Object.assign(
    (event: unknown, context: LambdaContext) =>
      inContext(contextOf(event, context), () => composed(event, context)),
    {
      use: (middleware: Parameters<LambdaHandler['use']>[0]) => {
        composed.use(middleware);
        return handler;
      },
    },
  );
  return handler;
};
