/**
 * Every port in memory: for unit tests and simulations, under the same contract suites as the real
 * ones.
 *
 * @packageDocumentation
 */
export { createMemoryCommandRecords } from './command-records.ts';
export { createMemoryDatabase, type MemoryDatabase, type MemoryTransaction } from './database.ts';
export { createMemoryEventPublisher, type MemoryEventPublisher } from './event-publisher.ts';
export { createMemoryExpiredRecords } from './expired-records.ts';
export { createMemoryIdempotencyStore } from './idempotency-store.ts';
export { createMemoryLogger, createMemoryMetrics } from './observability.ts';
export { createMemoryOrderedEvents } from './ordered-events.ts';
export { createMemoryOutbox, type MemoryOutboxOptions } from './outbox.ts';
export { createMemoryUnitOfWork, type MemoryRepository } from './unit-of-work.ts';
