import { createMemoryLogger, createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { createPowertoolsTracer } from '../../src/adapters/powertools/index.ts';
import { manualClock } from './runtime-ports.ts';

/** Lambda's context for a handler, with thirty seconds' time unless said otherwise. */
export const lambdaContext = (requestId = 'request-1', remainingMs = 30_000) => ({
  awsRequestId: requestId,
  getRemainingTimeInMillis: () => remainingMs,
});

/** The parts that every handler gets from its service, in memory. */
export const handlerParts = async () => {
  let flushes = 0;
  const metrics = {
    ...createMemoryMetrics(),
    flush: () => {
      flushes += 1;
    },
  };
  return {
    clock: manualClock(),
    logger: createMemoryLogger(),
    metrics,
    tracer: createPowertoolsTracer(false),
    traceHeader: (): string | undefined => undefined,
    flushes: () => flushes,
  };
};

/** A handler as Lambda calls it. */
export const asLambda = <Response>(handler: unknown) =>
  handler as (event: unknown, context: unknown) => Promise<Response>;

/** A request to a Function URL. */
export const httpRequest = (body?: string, changes: object = {}) => ({
  version: '2.0',
  requestContext: { http: { method: body === undefined ? 'GET' : 'POST', path: '/' } },
  headers: { 'content-type': 'application/json' },
  isBase64Encoded: false,
  ...(body === undefined ? {} : { body }),
  ...changes,
});
