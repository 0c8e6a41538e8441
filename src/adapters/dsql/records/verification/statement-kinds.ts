import type { EventEnvelope } from '../../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../../connection/connection-pool.ts';
import { unmeasuredRetrier } from '../../connection/unmeasured-retrier.ts';
import { createIdempotencyRecords } from '../../transaction/idempotency-records.ts';
import { query } from '../../transaction/query.ts';
import type { Statement } from '../../wire/statement.ts';
import { createDsqlExpiredRecords } from '../expired-records.ts';
import { missingFrameworkTables } from '../framework-tables.ts';
import { createDsqlIdempotencyStore } from '../idempotency-store.ts';
import { createDsqlOrderedEvents, orderedInsert } from '../ordering/ordered-events.ts';
import { createDsqlOutbox } from '../outbox/outbox.ts';
import { createOutboxInspection } from '../outbox/outbox-inspection.ts';
import { createTraceInspection } from '../trace-inspection.ts';
import { probeRecords } from './probe-records.ts';

/** The parts that a kind of statement is sent with. */
export type KindDeps = {
  /** Of one transaction that is rolled back. */
  readonly inside: ConnectionPool;
  readonly schema: string;
  /** Events of the origin `verify`, which no Region has: no relay looks for them. */
  readonly newEvent: () => EventEnvelope;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
};

/** A part of the framework, and the work by which it sends each kind of its statements. */
export type StatementKind = {
  readonly name: string;
  readonly send: (deps: KindDeps) => Promise<unknown>;
};

const consumer = 'verify';

const runAll = async (
  { inside, deadline }: KindDeps,
  statements: readonly Statement[],
): Promise<void> => {
  for (const one of statements) await query(inside, one, { deadline, writes: true });
};

const ofRecords = async (deps: KindDeps): Promise<void> => {
  const records = createIdempotencyRecords(deps.schema);
  const { id: eventId } = deps.newEvent();
  const command = { kind: 'command', key: eventId, fingerprint: '' } as const;
  const event = { kind: 'event', consumer, eventId } as const;
  await runAll(deps, [
    records.find(command),
    records.insert(command, null),
    records.find(event),
    records.insert(event, null),
    ...probeRecords(deps.schema).forget([{ id: eventId, consumer }]),
  ]);
};

const ofOrderedEvents = async (deps: KindDeps): Promise<void> => {
  const { inside: connections, schema, deadline } = deps;
  const event = deps.newEvent();
  const { id: eventId, subject, aggregateversion: version } = event;
  const once = { kind: 'event', consumer, eventId, order: { subject, version } } as const;
  const records = createIdempotencyRecords(schema);
  const ordered = createDsqlOrderedEvents({ connections, schema, retrier: unmeasuredRetrier() });
  await runAll(deps, orderedInsert(schema, () => [consumer])([event]));
  await ordered.before(once, 16, deadline);
  await runAll(deps, [records.find(once), records.insert(once, null), ...records.removals(once)]);
  await ordered.remove(once, deadline);
};

/** Kept for no time: a row that is marked as published can be purged at once. */
const outboxOf = ({ inside, schema }: KindDeps) =>
  createDsqlOutbox(inside, { schema, graceMs: 0, replayWindowMs: 0 });

const ofOutboxWrites = async (deps: KindDeps): Promise<void> => {
  const outbox = outboxOf(deps);
  const events = [deps.newEvent(), deps.newEvent(), deps.newEvent()];
  const scheduled = [{ event: deps.newEvent(), notBefore: Date.now() }];
  await runAll(deps, outbox.insert(events, scheduled));
  await outbox.markPublished(events.map(({ id }) => id));
};

/** The first digit of an event's id says its part of the outbox. */
const inOnePart = (events: readonly EventEnvelope[]): readonly EventEnvelope[] =>
  events.map((event) => ({ ...event, id: `0${event.id.slice(1)}` }));

/**
 * A relay that takes over claims rows by their age, which the cluster's clock measures. An event of
 * now is of the future there: the transaction began before it, and this clock may be ahead.
 */
const ofThePast = (event: EventEnvelope): EventEnvelope => ({
  ...event,
  time: new Date(0).toISOString(),
});

const ofRelay = async (deps: KindDeps): Promise<void> => {
  const { newEvent, deadline } = deps;
  const outbox = outboxOf(deps);
  const events = inOnePart(Array.from({ length: 6 }, newEvent)).map(ofThePast);
  const origin = newEvent().originregion;
  await runAll(deps, outbox.insert(events));
  await outbox.due([0], deadline);
  const claimAs = (owner: string, leaseMs: number) =>
    outbox.claim({ shard: 0, origin, owner, leaseMs, rowsMax: 2, ageMsMin: 0 });
  await outbox.claim({ shard: 0, origin, owner: newEvent().id, leaseMs: 0, rowsMax: 2 });
  // The lease before has ended, as that of a relay that has died: this claim ends it first.
  const [owner, other] = [newEvent().id, newEvent().id];
  const claimed = await claimAs(owner, 60_000);
  await outbox.due([0], deadline);
  const published = claimed.map(({ event }) => event.id);
  await outbox.settle(owner, published, []);
  const failed = (await claimAs(other, 60_000)).map(({ event }, index) => ({
    eventId: event.id,
    reason: 'verify',
    retryInMs: index === 0 ? undefined : 0,
  }));
  await outbox.settle(other, [], failed);
  await outbox.redrive(published);
  await outbox.expired(origin, [0], deadline);
  await outbox.purge({ shard: 0, origin, rowsMax: 1, deadline });
  await outbox.status(deadline);
};

const ofLeases = async ({ inside, schema, newEvent }: KindDeps): Promise<void> => {
  const store = createDsqlIdempotencyStore(inside, { schema });
  const { id: key } = newEvent();
  const request = { key, fingerprint: '', leaseMs: 60_000 };
  const lease = await store.acquire(request);
  await store.acquire(request);
  const fence = lease.status === 'acquired' ? lease.fence : '';
  const result = { key, fence, response: 'null', retentionMs: 1_000 };
  await store.complete(result);
  await store.complete(result);
  await store.release(key, fence);
};

const ofCleanup = async ({ inside, schema, deadline }: KindDeps): Promise<void> => {
  const records = createDsqlExpiredRecords(inside, { schema });
  await records.expired(deadline);
  for (const kind of ['idempotency', 'inbox', 'ordered'] as const) {
    await records.purge({ kind, shard: 0, rowsMax: 1, deadline });
  }
};

const ofOperators = async (deps: KindDeps): Promise<void> => {
  const { inside, schema, newEvent, deadline } = deps;
  const inspection = createOutboxInspection(inside, { schema });
  const events = inOnePart([newEvent()]);
  const outbox = outboxOf(deps);
  await runAll(deps, outbox.insert(events));
  for (const state of ['dead', 'pending', 'published'] as const) await inspection.oldest(state, 1);
  await inspection.deadIds(0, await inspection.now(), 1);
  for await (const _ of inspection.publishedSince(0, 'verify', new Date(0))) break;
  const trace = createTraceInspection(inside, { schema });
  await trace.handled([newEvent().id]);
  await trace.isCommitted(newEvent().id);
  await missingFrameworkTables(inside, unmeasuredRetrier(), schema, deadline);
};

/** Every part of the framework that sends statements while a service runs. */
export const statementKinds: readonly StatementKind[] = [
  { name: 'records of commands and events', send: ofRecords },
  { name: 'events for ordered consumers', send: ofOrderedEvents },
  { name: 'events in the outbox', send: ofOutboxWrites },
  { name: 'claims of the relay', send: ofRelay },
  { name: 'leases', send: ofLeases },
  { name: 'deletion of expired records', send: ofCleanup },
  { name: 'reads of operators', send: ofOperators },
];
