/** AWS Lambda Powertools behind the kernel's ports, and persistence layers for its idempotency utility. */
export * from './bound-persistence-layer.ts';
export * from './describe-error.ts';
export * from './idempotency-persistence.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './response-not-replayable.ts';
export * from './tracer.ts';
export * from './transactional-persistence.ts';
