import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { InvocationMetrics } from '../../../adapters/powertools/index.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import {
  type Clock,
  Fault,
  type FaultKind,
  InvalidInput,
  type Logger,
  type RunContext,
  type Tracer,
} from '../../../domain/kernel/index.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from '../guarded-parts.ts';
import { observeInvocation, runContext, scopedHandler } from '../invocation.ts';
import type { LambdaContext, LambdaHandler } from '../lambda-handler.ts';
import { parentOf } from '../log-context/invocation-context.ts';
import { currentContext } from '../log-context/log-context.ts';
import {
  type ApiAnswer,
  type ApiResponse,
  errorAnswer,
  RequestRefused,
  requireSendable,
  respond,
} from './api-answer.ts';
import { requireExactNumbers, requireShallow, scanJson } from './exact-json.ts';
import { readBody } from './http-body.ts';
import {
  type ApiRequest,
  type ApiRoutes,
  asAsked,
  type HttpEvent,
  isHttp,
  isOtherHttp,
  readsOnly,
  requestOf,
  routeHttp,
} from './http-request.ts';
import { idempotencyAnswer, persistenceCause } from './idempotency-answer.ts';
import { contextOfRequest } from './request-context.ts';
import { requestSpan } from './request-span.ts';

/**
 * Answers one request: `payload` is the event of a direct invocation, or the JSON body of an HTTP
 * request.
 *
 * A `Fault` that it throws is answered by its kind: `InvalidInput` by 400, one that is retryable by
 * 503.
 */
export type AnswerRequest = (
  payload: unknown,
  run: RunContext,
  request: ApiRequest,
) => Promise<ApiAnswer>;

/**
 * Characters of a wrong field's name that an answer repeats: a caller may send a megabyte of them.
 */
const fieldLengthMax = 100;

/**
 * For a service that declares none: no method that is safe by its definition reaches an operation
 * that may write.
 */
const routesDefault: ApiRoutes = { '/': ['POST'] };

/** The answer that callers get for a fault. A retryable one says when to try again. */
const statusOfFault: Readonly<Record<FaultKind, number>> = {
  InvalidInput: 400,
  Conflict: 503,
  Unavailable: 503,
  OutcomeUnknown: 503,
  InvariantViolation: 500,
};

const ownFault = (status: number, code: string): ApiAnswer =>
  errorAnswer(status, code, 'This is a fault of the service; it has been logged');

const answerOfFault = (fault: Fault): ApiAnswer => {
  const status = statusOfFault[fault.kind];
  if (fault instanceof InvalidInput) {
    const issues = fault.issues.map(({ field, message }) => ({
      field: field.slice(0, fieldLengthMax),
      message,
    }));
    return errorAnswer(status, fault.kind, fault.message, issues.length > 0 ? { issues } : {});
  }
  return fault.retryable
    ? {
        ...errorAnswer(status, fault.kind, 'Send the same request again'),
        headers: { 'retry-after': '1' },
      }
    : ownFault(status, fault.kind);
};

const answerOf = (thrown: unknown): ApiAnswer => {
  const error = persistenceCause(thrown);
  const answer = idempotencyAnswer(error);
  if (answer) return answer;
  if (error instanceof RequestRefused) return error.answer;
  if (error instanceof Fault) return answerOfFault(error);
  return ownFault(500, 'InvariantViolation');
};

/**
 * Tells the parser a content type that it accepts. The real one was checked before, and the parser
 * refuses some valid ones.
 */
const bodyParser = httpJsonBodyParser({ disableContentTypeCheck: true });

/**
 * Turns the parser's error into an answer at once. Later, an error of the service could look like
 * one of the parser.
 */
const parseBody = async (request: object): Promise<void> => {
  try {
    await bodyParser.before?.(request as never);
  } catch (cause) {
    throw new InvalidInput('The body must be a JSON object', { cause });
  }
};

const hasText = (event: HttpEvent): event is HttpEvent & { readonly body: string } =>
  typeof event.body === 'string';

/** Leaves direct invocations alone: Lambda has parsed them. */
const readHttp = (routes: ApiRoutes): MiddlewareObj => ({
  before: async (request) => {
    const { event } = request;
    if (isOtherHttp(event)) {
      throw new InvalidInput(
        'HTTP events are read in payload format 2.0, as Function URLs send them',
      );
    }
    if (!isHttp(event)) return undefined;
    const response = routeHttp(event, routes);
    if (response || readsOnly(event) || !hasText(event)) return response;
    const body = readBody(event);
    const scan = scanJson(body);
    requireShallow(scan);
    request.event = { ...event, body, isBase64Encoded: false };
    await parseBody(request);
    requireExactNumbers(scan);
    return undefined;
  },
});

const payloadOf = (event: unknown): unknown => {
  if (!isHttp(event)) return event ?? {};
  return event.body === undefined || readsOnly(event) ? {} : event.body;
};

/**
 * A handler for direct invocations and HTTP alike: `{ statusCode, headers, body }` with one line of
 * JSON, also for whatever goes wrong.
 *
 * @example
 * const routes = { '/': ['GET', 'POST'] };
 * export const handler = createApiHandler({ ...service, routes, answer: createLedgerApi(deps) });
 */
export const createApiHandler = (deps: {
  readonly answer: AnswerRequest;
  /** The paths and methods that are answered over HTTP; POST to `/` unless given. */
  readonly routes?: ApiRoutes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  readonly tracer: Tracer;
  /** The X-Ray header of the invocation under way. */
  readonly traceHeader: () => string | undefined;
}): LambdaHandler => {
  const { answer, routes = routesDefault, clock, traceHeader } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  const tracer = guardedTracer(deps.tracer);

  const contextOf = (event: unknown, context: LambdaContext) =>
    contextOfRequest(event, context, traceHeader());

  /** Counts an answer that Lambda takes for a success and the caller for a failure. */
  const counted = (answered: ApiAnswer): ApiAnswer => {
    if (answered.status >= 500) metrics.add('ApiFailed', 1);
    return answered;
  };

  const handle = async (event: unknown, context: LambdaContext): Promise<ApiResponse> => {
    const { correlationid, traceparent } = currentContext() ?? contextOf(event, context);
    const run = runContext(context, clock, { correlationid, ...defined({ traceparent }) });
    const request = requestOf(event, context.awsRequestId);
    const answered = await answer(payloadOf(event), run, request);
    requireSendable(answered);
    return asAsked(event, respond(counted(answered)));
  };

  const composed = middy(handle as never, { timeoutEarlyInMillis: 0 })
    .use(readHttp(routes))
    .use(observeInvocation({ logger, metrics }))
    .onError((request) => {
      request.response = asAsked(request.event, respond(counted(answerOf(request.error)))) as never;
    });
  return scopedHandler(composed as unknown as LambdaHandler, {
    ...{ contextOf, tracer },
    spanOf: (event, context, traceparent) =>
      requestSpan(event, context, routes, parentOf(traceparent, traceHeader())),
  });
};
