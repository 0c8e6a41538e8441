/** Every port in memory: for unit tests and simulations, under the same contract suites as the real ones. */
export * from './command-records.ts';
export * from './database.ts';
export * from './event-publisher.ts';
export * from './expired-records.ts';
export * from './idempotency-store.ts';
export * from './observability.ts';
export * from './outbox.ts';
export * from './unit-of-work.ts';
