import { createDsqlOutbox } from '../../adapters/dsql/index.ts';
import { createServiceWork } from '../../adapters/dsql/records/service-runner.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../adapters/memory/index.ts';
import { systemClock, systemRandom } from '../../adapters/system/index.ts';
import {
  type AnyService,
  type Causation,
  type Clock,
  createRelay,
  type EventPublisher,
  type Ids,
  type RunContext,
  type Tracer,
} from '../../domain/kernel/index.ts';
import { outboxShardCount } from '../../domain/kernel/outbox/outbox.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';

/** Time of one command, event or run of the relay in a test, in milliseconds. */
const workMsMax = 10_000;

/** Published rows outlive any test. Milliseconds. */
const replayWindowMs = 24 * 3_600_000;

/** No Region takes over another one's events: a century, in milliseconds. */
const takeoverAgeMs = 100 * 365 * 24 * 3_600_000;

const tracer: Tracer = { span: (_name, work) => work() };

/** An outbox whose marks can be awaited: commands do not wait for them. */
const withAwaitedMarks = <
  Marking extends { markPublished: (ids: readonly string[]) => Promise<void> },
>(
  outbox: Marking,
) => {
  const marks = new Set<Promise<unknown>>();
  const markPublished: Marking['markPublished'] = (eventIds) => {
    const mark = outbox.markPublished(eventIds);
    const settled = mark.catch(() => undefined).finally(() => marks.delete(settled));
    marks.add(settled);
    return mark;
  };
  const marked = async (): Promise<void> => {
    await Promise.all(marks);
  };
  return { outbox: { ...outbox, markPublished }, marked };
};

/**
 * The same outbox, in which an event that is scheduled for an hour later by the test's clock waits
 * for an hour. Its rows are due by the database's clock, which is the system's.
 */
const scheduledBy = <Inserting extends Pick<DsqlOutbox, 'insert'>>(
  clock: Clock,
  outbox: Inserting,
): Inserting => ({
  ...outbox,
  insert: (events, scheduled = []) => {
    const ahead = systemClock.now() - clock.now();
    const moved = scheduled.map((one) => ({ ...one, notBefore: one.notBefore + ahead }));
    return outbox.insert(events, moved);
  },
});

type DsqlOutbox = ReturnType<typeof createDsqlOutbox>;

type TestRegionDeps = {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly publisher: EventPublisher;
};

/** The parts of a function of a service in one Region, on a test database. */
export const createTestRegion = <Service extends AnyService>(
  service: Service,
  { region, schema, connections, db }: TestDatabaseRegion,
  { clock, ids, publisher }: TestRegionDeps,
) => {
  const logger = createMemoryLogger();
  const metrics = { ...createMemoryMetrics(), flush: (): void => undefined };
  const random = systemRandom;
  const options = { schema, graceMs: 0, replayWindowMs };
  const stored = scheduledBy(clock, createDsqlOutbox(connections, options));
  const { outbox, marked } = withAwaitedMarks(stored);
  const shared = { connections, schema, outbox, publisher, ids, logger, metrics, region, random };
  const relay = createRelay({
    ...{ ...shared, takeoverAgeMs },
    clock: systemClock,
    shards: Array.from({ length: outboxShardCount }, (_, shard) => shard),
  });

  const parts = {
    region,
    schema,
    clock,
    random,
    ids,
    logger,
    metrics,
    tracer,
    traceHeader: (): string | undefined => undefined,
    connections,
    outbox,
    // Retries go by the system's clock, whatever the test's clock says.
    ...createServiceWork(service, { ...shared, clock: systemClock, database: db() }),
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
  return { parts, marked, relay: () => relay.run(Date.now() + workMsMax) };
};

/**
 * The parts of a function of a service in one Region of a test. They are those that `serveApi` and
 * `serveConsumer` wire a function from, so that one wiring function serves both; its logger and its
 * metrics can be asked, and `run` begins an invocation.
 */
export type TestRegion<Service extends AnyService> = ReturnType<
  typeof createTestRegion<Service>
>['parts'];
