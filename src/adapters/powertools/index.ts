/** AWS Lambda Powertools behind the kernel's ports, and a persistence layer for its idempotency utility. */
export * from './idempotency-persistence.ts';
export * from './logger.ts';
export * from './metrics.ts';
export * from './tracer.ts';
