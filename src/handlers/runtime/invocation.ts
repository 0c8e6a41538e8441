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
import type { FailedRequest, LambdaContext } from './lambda-handler.ts';

/**
 * Time kept for publishing, logging and answering after the last attempt at a commit, in
 * milliseconds.
 */
const answerMsReserve = 500;

/**
 * X-Ray's header, as Lambda has it:
 * `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1`.
 */
const xrayPattern = /Root=1-([0-9a-f]{8})-([0-9a-f]{24});Parent=([0-9a-f]{16})(?:;Sampled=([01]))?/;

/** X-Ray's trace in the words of W3C Trace Context; `undefined` when there is none. */
export const traceparentOf = (xrayHeader: string | undefined): string | undefined => {
  const match = xrayPattern.exec(xrayHeader ?? '');
  if (!match) return undefined;
  const [, time, rest, parent, sampled = '0'] = match;
  return `00-${time}${rest}-${parent}-0${sampled}`;
};

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
      if (isCallersFault(error)) {
        logger.warn('Invocation refused', { ...fields, reason: reasonOf(error) });
      } else {
        logger.error('Invocation failed', fields, error);
      }
      request.error = errorWithoutValues(error);
      return metrics.flush();
    },
  };
};
