import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { InvocationMetrics } from '../../adapters/powertools/index.ts';
import {
  type Clock,
  Fault,
  type FaultKind,
  InvalidInput,
  type Json,
  type Logger,
  type RunContext,
  type Tracer,
} from '../../domain/kernel/index.ts';
import { requireExactNumbers, requireShallow, scanJson } from './exact-json.ts';
import { guardedLogger, guardedMetrics, guardedTracer } from './guarded-parts.ts';
import { idempotencyAnswer, persistenceCause } from './idempotency-answer.ts';
import { type LambdaContext, observeInvocation, runContext, traceparentOf } from './invocation.ts';

/** What an operation answers; `status` is HTTP's, also for direct invocations. */
export type ApiAnswer = {
  readonly status: number;
  readonly body: Json;
  readonly headers?: Readonly<Record<string, string>>;
};

/** What Lambda is given back, for a direct invocation and for a Function URL. */
export type ApiResponse = {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/** The parts of a Function URL's event (payload format 2.0) that matter here. */
type HttpEvent = {
  readonly requestContext: { readonly http: { readonly method: string } };
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
};

/** Bytes of a body that is read at all: no operation needs a hundredth of it. */
const bodyBytesMax = 256 * 1024;

/** Characters of a wrong field's name that an answer repeats: a caller may send a megabyte of them. */
const fieldLengthMax = 100;

/** What callers see of a fault. Those that are worth another attempt say when. */
const statusOfFault: Readonly<Record<FaultKind, number>> = {
  InvalidInput: 400,
  Conflict: 503,
  Unavailable: 503,
  OutcomeUnknown: 503,
  InvariantViolation: 500,
};

const isHttp = (event: unknown): event is HttpEvent =>
  typeof event === 'object' &&
  event !== null &&
  typeof (event as Partial<HttpEvent>).requestContext?.http?.method === 'string';

/** An answer as Lambda gives it back. */
export const respond = ({ status, body, headers }: ApiAnswer): ApiResponse => ({
  statusCode: status,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(body),
});

/** An answer that says what is wrong, for programs and for people. */
export const errorAnswer = (
  status: number,
  code: string,
  message: string,
  details: { readonly [key: string]: Json } = {},
): ApiAnswer => ({ status, body: { error: { code, message, ...details } } });

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
    : errorAnswer(status, fault.kind, 'This is a fault of the service; it has been logged');
};

/** middy's own errors carry a status: 415 for a content type that is not JSON, 422 for a body that is not. */
const answerOf = (thrown: unknown): ApiAnswer => {
  const error = persistenceCause(thrown);
  const answer = idempotencyAnswer(error);
  if (answer) return answer;
  if (error instanceof Fault) return answerOfFault(error);
  const statusCode = (error as { readonly statusCode?: unknown } | null | undefined)?.statusCode;
  if (statusCode === 415) {
    return errorAnswer(415, 'UnsupportedMediaType', 'Send the content type application/json');
  }
  if (statusCode === 422) {
    return errorAnswer(400, 'InvalidInput', 'The body must be a JSON object');
  }
  return errorAnswer(
    500,
    'InvariantViolation',
    'This is a fault of the service; it has been logged',
  );
};

const bodyParser = httpJsonBodyParser();

/** Leaves direct invocations alone: Lambda has parsed them. */
const parseHttpBody: MiddlewareObj = {
  before: async (request) => {
    const { event } = request;
    if (!isHttp(event) || typeof event.body !== 'string') return;
    const { isBase64Encoded = false } = event;
    const text = isBase64Encoded ? Buffer.from(event.body, 'base64').toString() : event.body;
    if (Buffer.byteLength(text) > bodyBytesMax) {
      throw new InvalidInput(`The body must have at most ${bodyBytesMax} bytes`);
    }
    const scan = scanJson(text);
    requireShallow(scan);
    await bodyParser.before?.(request as never);
    requireExactNumbers(scan);
  },
};

const payloadOf = (event: unknown): unknown => {
  if (!isHttp(event)) return event ?? {};
  return event.body === undefined ? {} : event.body;
};

/**
 * A handler for direct invocations and HTTP alike: `{ statusCode, headers, body }` with one line of JSON, also
 * for whatever goes wrong.
 *
 * @example
 * export const handler = createApiHandler({ ...service, answer: createLedgerApi(deps) });
 */
export const createApiHandler = (deps: {
  readonly answer: (payload: unknown, run: RunContext, requestId: string) => Promise<ApiAnswer>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: InvocationMetrics;
  readonly tracer: Tracer;
  /** The X-Ray header of the invocation under way. */
  readonly traceHeader: () => string | undefined;
}) => {
  const { answer, clock, traceHeader } = deps;
  const logger = guardedLogger(deps.logger);
  const metrics = guardedMetrics(deps.metrics);
  const tracer = guardedTracer(deps.tracer);

  const handle = async (event: unknown, context: LambdaContext): Promise<ApiResponse> => {
    const traceparent = traceparentOf(traceHeader());
    const run = runContext(context, clock, traceparent === undefined ? {} : { traceparent });
    return respond(
      await tracer.span('answer', () => answer(payloadOf(event), run, context.awsRequestId)),
    );
  };

  return middy(handle as never, { timeoutEarlyInMillis: 0 })
    .use(parseHttpBody)
    .use(observeInvocation({ logger, metrics }))
    .onError((request) => {
      request.response = respond(answerOf(request.error)) as never;
    });
};
