/**
 * The kernel: what every bounded context is built from. Pure: no npm package, no Node, no clock, no randomness.
 *
 * - **aggregate**: the thing that an event happened to; its version grows by one with each event.
 * - **command**: a request to change something; **decision**: the pure answer, accepted or refused.
 * - **refusal**: a no of the business, a value; **fault**: everything else that goes wrong, an exception.
 * - **unit of work**: decides and commits a command atomically, once, retrying conflicts.
 * - **OCC** (optimistic concurrency control): nobody waits for a lock; who commits second is told so and runs again.
 * - **idempotency key**: what makes a repeated command a **replay**, answered as before and without effect.
 * - **envelope**: the CloudEvents attributes around an event's data.
 * - **outbox**: events that committed with their state change and are to be published; **relay**: publishes what the
 *   command itself could not; **claim** and **lease**: a relay's temporary right to a row; **fence**: proof of it.
 * - **dead letter**: what was given up and waits for a person; **redrive**: giving it another chance.
 * - **inbox**: the record that makes an event take effect once per consumer.
 * - **projection**: a view that a consumer keeps up to date from events.
 * - **origin Region**: where an event's transaction was committed; **witness Region**: holds DSQL's log, no endpoint.
 */
export * from './ascii-case.ts';
export * from './consumer.ts';
export * from './decide-work.ts';
export * from './decision.ts';
export * from './defined.ts';
export { isEnvelope } from './envelope-check.ts';
export * from './environment.ts';
export * from './event.ts';
export * from './event-catalogue.ts';
export type { EventDeclaration, EventScope } from './event-declaration.ts';
export * from './event-publisher.ts';
export * from './expired-records.ts';
export * from './fault.ts';
export * from './guarded-observability.ts';
export * from './idempotency.ts';
export * from './json.ts';
export * from './json-compatible.ts';
export * from './observability.ts';
export * from './outbox.ts';
export * from './recorded-response.ts';
export * from './relay.ts';
export * from './retry.ts';
export * from './safety.ts';
export * from './schema.ts';
export * from './service-declaration.ts';
export * from './unit-of-work.ts';
export * from './work-runner.ts';
