/**
 * The kernel: what every bounded context is built from. Pure: no npm package, no Node, no clock, no
 * randomness.
 *
 * - **aggregate**: the thing that an event happened to; its version grows by one with each event.
 * - **command**: a request to change something; **decision**: the pure answer, accepted or refused;
 *   an accepted one **emits** events.
 * - **refusal**: a no of the business, a value; **fault**: everything else that goes wrong, an
 *   exception.
 * - **unit of work**: decides and commits a command atomically, once, retrying conflicts.
 * - **OCC** (optimistic concurrency control): nobody waits for a lock; who commits second is told
 *   so and runs again.
 * - **idempotency key**: what makes a repeated command a **replay**, answered as before and without
 *   effect.
 * - **envelope**: the CloudEvents attributes around an event's data.
 * - **outbox**: events that committed with their state change and are to be published; **relay**:
 *   publishes what the command itself could not.
 * - **shard**, also **part**: one of the sixteen parts of the outbox; **lane**: the rows of one
 *   shard that commands of one Region have written.
 * - **claim** and **lease**: a relay's temporary right to rows of a lane, which it then **holds**;
 *   **fence**: proof of it; to **settle** a row: to write down what became of it, which ends the
 *   claim of it. (A test that lets a service settle runs it until nothing is left to do.)
 * - **takeover**: the relay of the other Region publishes an event that has waited for too long.
 * - **dead letter**: what was given up and waits for a person; **redrive**: giving it another
 *   chance.
 * - **inbox**: the record that makes an event take effect once per consumer.
 * - **ordered consumer**: handles the events of one subject in the order of their versions; an
 *   event waits for it in the database until it is handled.
 * - **scheduled event**: has a `notBefore`, before which nobody publishes it.
 * - **process manager**: a consumer whose state is a row, and which emits events of its own;
 *   **timeout**: a scheduled event that it emits for itself.
 * - **tick**: one time at which a schedule comes due, the same in both Regions.
 * - **projection**: a view that a consumer keeps up to date from events.
 * - **origin Region**: where an event's transaction was committed; **witness Region**: holds DSQL's
 *   log, no endpoint.
 *
 * @packageDocumentation
 */

export type { DeadLetter, DeadLetters } from './events/dead-letters.ts';
export type {
  Causation,
  DomainEvent,
  EventEnvelope,
  Origin,
  ScheduledEvent,
} from './events/event.ts';
export {
  type CatalogueEvent,
  type DecidedEvent,
  declareEvents,
  type EventCatalogue,
  type EventDeclarations,
} from './events/event-catalogue.ts';
export type {
  EventDeclaration,
  EventScope,
  JsonSchemaObject,
  Upcast,
} from './events/event-declaration.ts';
export type { EventPublisher, PublishResult } from './events/event-publisher.ts';
export {
  Conflict,
  type ConflictOver,
  Fault,
  type FaultKind,
  InvalidInput,
  InvariantViolation,
  type Issue,
  isRetryable,
  OutcomeUnknown,
  Unavailable,
} from './fault.ts';
export { exactDigitsMax, isExactNumber, isSurelyExact, type Json } from './json/json.ts';
export type { JsonCompatible } from './json/json-compatible.ts';
export type {
  LogFields,
  Logger,
  MetricName,
  Metrics,
  Span,
  SpanKind,
  SpanStart,
  SpanSubject,
  Tracer,
} from './observability/observability.ts';
export {
  type CleanupReport,
  createCleanup,
  type ExpiredRecords,
  type RecordKind,
  type RecordPart,
} from './outbox/expired-records.ts';
export type {
  BoundedCount,
  ClaimedEvent,
  Outbox,
  OutboxClaim,
  OutboxFailure,
  OutboxLane,
  OutboxPurge,
  OutboxStatus,
} from './outbox/outbox.ts';
export { createRelay, type RelayReport } from './outbox/relay.ts';
export type { Clock, Ids, Random } from './runtime-ports.ts';
export { deriveSafety, type Safety, type SafetyOptions } from './safety.ts';
export {
  type AnyService,
  type ConsumerDeclaration,
  type ConsumerEvent,
  type ConsumerName,
  type CrossingEventType,
  type DecidedEventOf,
  type DeclaredService,
  defineService,
  type ServiceDeclaration,
  type ServiceMigration,
  type ServiceMigrations,
} from './service-declaration.ts';
export type { Schema, SchemaIssue, SchemaResult } from './standard-schema.ts';
export type { ConsumerContext } from './work/consumer.ts';
export type { ConsumerQueue } from './work/consumer-queue.ts';
export {
  type Accepted,
  accept,
  type Decision,
  type Refused,
  refuse,
  withResult,
} from './work/decision.ts';
export type {
  CommandRecords,
  IdempotencyStore,
  KnownCommand,
  Lease,
  LeaseRefusal,
} from './work/idempotency.ts';
export {
  EventTooEarly,
  handleInOrder,
  type OrderedEvents,
  type OrderedOnce,
  type WaitingEvent,
} from './work/ordered-events.ts';
export type { Questions, RetriedQuestions } from './work/questions.ts';
export { responseBytesMax } from './work/recorded-response.ts';
export {
  type Cancellation,
  createRetrier,
  type Retrier,
  type Retry,
  type RetryOptions,
} from './work/retry.ts';
export {
  onceForTick,
  readTick,
  type ScheduleContext,
  type ScheduleTick,
} from './work/schedule.ts';
export type {
  Deciding,
  EventOrder,
  Once,
  Outcome,
  RunContext,
  UnitOfWork,
  Work,
} from './work/unit-of-work.ts';
export { createWorkRunner, type WorkRunner } from './work/work-runner.ts';
