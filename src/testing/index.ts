/**
 * The test kit of a declared service: decisions without a database, a local DSQL in two Regions,
 * the whole service in one process, and the contracts of commands, consumers, repositories and
 * adapters. It belongs into tests; nothing of the framework imports it.
 *
 * @packageDocumentation
 */

export {
  type ConsumerExpectation,
  type ConsumerHistory,
  type ConsumerUnderTest,
  consumerOf,
} from './consumers/consumer-of.ts';
export type { GivenEvent, GivenFields } from './consumers/given-event.ts';
export type { OrderEnd } from './consumers/orders.ts';
export { type CommandExamples, commandContract } from './contracts/command.ts';
export { type ConsumersExamples, consumersContract } from './contracts/consumers.ts';
export type { CounterQuery, CounterState } from './contracts/counter.ts';
export {
  type CommandRecordsSide,
  type CommandRecordsSubject,
  commandRecordsContract,
  recordRetentionMs,
} from './contracts/idempotency/command-records.ts';
export { idempotencyStoreContract } from './contracts/idempotency/idempotency-store.ts';
export type { IdempotencyStoreSubject } from './contracts/idempotency/store-trial.ts';
export { type InboxSubject, inboxContract, inboxRetentionMs } from './contracts/inbox.ts';
export {
  type InsertOnlyExamples,
  type InsertOnlySubject,
  insertOnlyContract,
} from './contracts/insert-only.ts';
export { orderedEventsContract } from './contracts/ordered/ordered-events.ts';
export {
  type OrderedEventsSubject,
  type OrderedSide,
  orderedConsumersOf,
} from './contracts/ordered/ordered-subject.ts';
export { outboxContract } from './contracts/outbox/outbox-contract.ts';
export { type OutboxSubject, outboxWindows } from './contracts/outbox/outbox-subject.ts';
export {
  type RepositoryExamples,
  type RepositoryState,
  type RepositorySubject,
  repositoryContract,
} from './contracts/repository.ts';
export type { ContractCase, Suite } from './contracts/suite.ts';
export { unitOfWorkContract } from './contracts/unit-of-work/unit-of-work.ts';
export type { UnitOfWorkSubject } from './contracts/unit-of-work/unit-of-work-subject.ts';
export {
  startTestDatabase,
  type TestDatabase,
  type TestDatabaseOptions,
  type TestDatabaseRegion,
} from './database/test-database.ts';
export {
  type DecisionUnderTest,
  decisionOf,
  type Expectation,
  type ExpectedEvent,
} from './decision-of.ts';
export type { Delivered } from './service/consume.ts';
export type { CrashStep, TestFailures } from './service/failures.ts';
export type { Publication, WorkStatus } from './service/journal.ts';
export {
  type Delivery,
  type DeliveryOptions,
  type MemoryBus,
  memoryBus,
  type Rejection,
} from './service/memory-bus.ts';
export type { RegionSide } from './service/region-side.ts';
export type { HandledExpectation, ServiceConsumer } from './service/service-consumer.ts';
export { NotSettled, type SettleOptions } from './service/settle.ts';
export type { SettledEvent, SettledRecord, SettledWork } from './service/settled-record.ts';
export { type TestClock, testClock } from './service/test-clock.ts';
export { type TestIds, testIds } from './service/test-ids.ts';
export type { TestRegion } from './service/test-region.ts';
export {
  createTestService,
  type TestConsumers,
  type TestService,
} from './service/test-service.ts';
