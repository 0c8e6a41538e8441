/**
 * AWS Lambda Powertools behind the kernel's ports, and persistence layers for its idempotency
 * utility.
 *
 * @packageDocumentation
 */
export { describeError, type ErrorDescription, errorWithoutValues } from './describe-error.ts';
export { StorePersistenceLayer, type StorePersistenceOptions } from './idempotency-persistence.ts';
export { createPowertoolsLogger } from './logger.ts';
export { createPowertoolsMetrics, type InvocationMetrics } from './metrics.ts';
export { ResponseNotReplayableError } from './response-not-replayable.ts';
export { createPowertoolsTracer } from './tracer.ts';
export {
  type MatchedOutcome,
  TransactionalPersistenceLayer,
  type TransactionalPersistenceOptions,
} from './transactional-persistence.ts';
