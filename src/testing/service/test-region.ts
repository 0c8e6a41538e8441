import {
  createDsqlOutbox,
  createDsqlUnitOfWork,
  createIdempotencyRecords,
  type DsqlRepository,
  type Row,
} from '../../adapters/dsql/index.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../adapters/memory/index.ts';
import { systemIds as ids, systemClock, systemRandom } from '../../adapters/system/index.ts';
import {
  type AnyService,
  type Causation,
  type Clock,
  createRelay,
  createRetrier,
  createWorkRunner,
  type DecidedEventOf,
  type EventCatalogue,
  type EventEnvelope,
  type EventPublisher,
  type RunContext,
  type Tracer,
  type WorkRunner,
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

/** The parts of a function of a service in one Region, on a test database. */
export const createTestRegion = <Service extends AnyService>(
  service: Service,
  { region, schema, connections, db }: TestDatabaseRegion,
  { clock, publisher }: { readonly clock: Clock; readonly publisher: EventPublisher },
) => {
  const logger = createMemoryLogger();
  const metrics = { ...createMemoryMetrics(), flush: (): void => undefined };
  const retrying = { clock: systemClock, random: systemRandom, metrics };
  const options = { schema, graceMs: 0, replayWindowMs };
  const { outbox, marked } = withAwaitedMarks(createDsqlOutbox(connections, options));
  const catalogue = service.catalogue as unknown as Pick<
    EventCatalogue<EventEnvelope, DecidedEventOf<Service>>,
    'envelop'
  >;
  const relay = createRelay({
    ...{ outbox, publisher, ids, logger, metrics, region, takeoverAgeMs },
    clock: systemClock,
    random: systemRandom,
    shards: Array.from({ length: outboxShardCount }, (_, shard) => shard),
  });

  const parts = {
    region,
    schema,
    clock,
    random: systemRandom,
    ids,
    logger,
    metrics,
    tracer,
    traceHeader: (): string | undefined => undefined,
    connections,
    outbox,
    retrier: createRetrier(retrying),
    db,
    /** Runs work on a repository, whose decisions say the events that the service declares. */
    runner: <Query, State, Rows extends readonly unknown[] = readonly Row[]>(
      repository: DsqlRepository<Query, State, Rows>,
    ): WorkRunner<Query, State, DecidedEventOf<Service>> => {
      const records = createIdempotencyRecords(schema);
      const retrier = createRetrier(retrying);
      const deps = { connections, repository, records, outboxInsert: outbox.insert, retrier };
      const unitOfWork = createDsqlUnitOfWork(deps);
      return createWorkRunner({
        ...{ unitOfWork, outbox, ids, logger, metrics, region, catalogue, publisher },
      });
    },
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
