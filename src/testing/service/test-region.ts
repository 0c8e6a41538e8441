import { createDsqlOutbox } from '../../adapters/dsql/index.ts';
import { createDsqlOrderedEvents } from '../../adapters/dsql/records/ordering/ordered-events.ts';
import { createServiceWork } from '../../adapters/dsql/records/service-runner.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../adapters/system/index.ts';
import {
  type AnyService,
  type Causation,
  type Clock,
  createRelay,
  deriveSafety,
  type EventPublisher,
  type Ids,
  type RunContext,
} from '../../domain/kernel/index.ts';
import { untraced } from '../../domain/kernel/observability/observability.ts';
import { outboxShardCount } from '../../domain/kernel/outbox/outbox.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import type { FailureControl } from './failures.ts';
import type { Journal } from './journal.ts';
import type { RegionSide } from './region-side.ts';

/** Time of one command, event or run of the relay in a test, in milliseconds. */
const workMsMax = 10_000;

/** Published rows outlive any test. Milliseconds. */
const replayWindowMs = 24 * 3_600_000;

/**
 * A Region takes over no events of one that is not lost: it may do so after a century, in
 * milliseconds.
 */
const neverMs = 100 * 365 * 24 * 3_600_000;

/**
 * The age at which a Region takes over the events of a lost one, in milliseconds: that of a service
 * whose functions have the usual times.
 */
export const takeoverAgeMs: number = deriveSafety({
  functionTimeoutSeconds: 15,
  eventRetentionDays: 14,
}).outboxTakeoverAgeMs;

/**
 * An outbox whose marks can be awaited: commands do not wait for them. A run that has crashed marks
 * nothing.
 */
const withAwaitedMarks = <
  Marking extends { markPublished: (ids: readonly string[]) => Promise<void> },
>(
  outbox: Marking,
  losesMarks: () => boolean,
) => {
  const marks = new Set<Promise<unknown>>();
  const markPublished: Marking['markPublished'] = async (eventIds) => {
    if (losesMarks()) return;
    const mark = outbox.markPublished(eventIds);
    const settled = mark.catch(() => undefined).finally(() => marks.delete(settled));
    marks.add(settled);
    await mark;
  };
  const marked = async (): Promise<void> => {
    await Promise.all(marks);
  };
  return { outbox: { ...outbox, markPublished }, marked };
};

/**
 * The same outbox, in which an event that is scheduled for an hour later by the test's clock waits
 * for an hour, and is an hour old after an hour. Its rows are due, and have their age, by the
 * database's clock, which is the system's.
 */
const scheduledBy = <Inserting extends Pick<DsqlOutbox, 'insert'>>(
  clock: Clock,
  journal: Journal,
  outbox: Inserting,
): Inserting => ({
  ...outbox,
  insert: (events, scheduled = []) => {
    journal.emitted(events, scheduled);
    const ahead = systemClock.now() - clock.now();
    const moved = scheduled.map((one) => ({ ...one, notBefore: one.notBefore + ahead }));
    const times = new Map(
      [...events, ...scheduled.map(({ event }) => event)].map(({ time }): [unknown, string] => [
        time,
        new Date(Date.parse(time) + ahead).toISOString(),
      ]),
    );
    // The time is a parameter of its own, beside the envelope, which keeps the test's.
    return outbox.insert(events, moved).map((insert) => ({
      ...insert,
      parameters: insert.parameters.map((parameter) => times.get(parameter) ?? parameter),
    }));
  },
});

/** Whether the function of the consumer that calls this has no bus, as it is declared. */
const hasNoBus = ({ consumers }: AnyService, journal: Journal): boolean => {
  const note = journal.current();
  return note?.kind === 'consumer' && consumers[note.name]?.publishes !== true;
};

/** A publisher that leaves the events of a function without a bus to the relay. */
const withoutBus = (isWithout: () => boolean, publisher: EventPublisher): EventPublisher => ({
  publish: async (events, deadline) => {
    if (!isWithout()) return publisher.publish(events, deadline);
    const deferred = { ok: false, retryable: true, isDeferred: true } as const;
    return events.map(() => ({ ...deferred, reason: 'Its function has no bus' }));
  },
});

type DsqlOutbox = ReturnType<typeof createDsqlOutbox>;

type TestRegionDeps = {
  readonly side: RegionSide;
  readonly journal: Journal;
  readonly failures: FailureControl;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly publisher: EventPublisher;
};

/** The parts of a function of a service in one Region, on a test database. */
export const createTestRegion = <Service extends AnyService>(
  service: Service,
  { region, schema, connections, db, endpoint }: TestDatabaseRegion,
  deps: TestRegionDeps,
) => {
  const { side, journal, failures, ids } = deps;
  const logger = createMemoryLogger();
  const metrics = { ...createMemoryMetrics(), flush: (): void => undefined };
  const random = systemRandom;
  const clock: Clock = {
    now: () => deps.clock.now() + failures.clockAhead(side),
    sleep: (ms) => deps.clock.sleep(ms),
  };
  const options = { schema, graceMs: 0, replayWindowMs };
  const stored = scheduledBy(deps.clock, journal, createDsqlOutbox(connections, options));
  const { outbox, marked } = withAwaitedMarks(stored, failures.losesMarks);
  const publisher = withoutBus(
    () => hasNoBus(service, journal),
    failures.publishing(journal.publishing(region, deps.publisher)),
  );
  const shared = { schema, outbox, publisher, ids, logger, metrics, region, random };
  const relayAfter = (ageMs: number) =>
    createRelay({
      ...{ ...shared, takeoverAgeMs: ageMs },
      clock: systemClock,
      shards: Array.from({ length: outboxShardCount }, (_, shard) => shard),
    });
  const relays = { alone: relayAfter(takeoverAgeMs), beside: relayAfter(neverMs) };
  const work = createServiceWork(service, {
    ...shared,
    connections: failures.connecting(side, connections, endpoint),
    // Retries go by the system's clock, whatever the test's clock says.
    clock: systemClock,
    database: db(),
  });
  /** A runner whose runs are noted, and fail as the test asks. */
  const runner: typeof work.runner = (repository) => {
    const inner = work.runner(repository);
    return {
      run: (run) =>
        journal.work(region, run as never, (noted) =>
          failures.run(side, noted, (last) => inner.run(last)),
        ) as ReturnType<typeof inner.run<never>> as never,
    };
  };

  const parts = {
    region,
    schema,
    clock,
    random,
    ids,
    logger,
    metrics,
    tracer: untraced,
    traceHeader: (): string | undefined => undefined,
    connections,
    outbox,
    ...work,
    /** The events that wait for the service's ordered consumers. */
    orderedEvents: createDsqlOrderedEvents({ connections, schema, retrier: work.retrier }),
    runner,
    /**
     * The context of one invocation: `now` of the clock, ten seconds' time, and a correlation id of
     * its own unless it is given.
     */
    run: (causation: Partial<Causation> = {}): RunContext => ({
      now: clock.now(),
      deadline: Date.now() + workMsMax,
      causation: { correlationid: ids.uuid(), ...causation },
    }),
  };
  return {
    parts,
    marked,
    /** @param isAlone whether the other Region is lost, so that its events are taken over */
    relay: (isAlone: boolean) => relays[isAlone ? 'alone' : 'beside'].run(Date.now() + workMsMax),
  };
};

/**
 * The parts of a function of a service in one Region of a test. They are those that `serveApi` and
 * `serveConsumer` wire a function from, so that one wiring function serves both; its logger and its
 * metrics can be asked, and `run` begins an invocation.
 */
export type TestRegion<Service extends AnyService> = ReturnType<
  typeof createTestRegion<Service>
>['parts'];
