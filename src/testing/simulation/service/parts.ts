import { createEventBridgePublisher } from '../../../adapters/eventbridge/index.ts';
import {
  createMemoryExpiredRecords,
  createMemoryIdempotencyStore,
  createMemoryOrderedEvents,
  createMemoryOutbox,
  createMemoryUnitOfWork,
  type MemoryRepository,
} from '../../../adapters/memory/index.ts';
import {
  type AnyService,
  type Clock,
  createRetrier,
  createWorkRunner,
  type Decision,
  type DomainEvent,
  type EventPublisher,
  type Logger,
  type UnitOfWork,
  type WorkRunner,
} from '../../../domain/kernel/index.ts';
import { orderedConsumers } from '../../../domain/kernel/work/ordered-events.ts';
import type { SimulatedCluster } from '../cloud/database-link.ts';
import type { SimulatedBus } from '../cloud/event-bus.ts';
import type { Machine, SimulatedProcess } from '../machine/process.ts';
import { effectKey, type History, type WorkUnderWay } from '../oracles/history.ts';
import type { Publications } from '../oracles/publications.ts';
import type { SeedTimes, SimulatedParts } from './scenario.ts';
import type { Substitutions } from './substitutions.ts';

/** The seed, its cloud, and the service that it plays. */
export type ServiceWorld = {
  readonly machine: Machine;
  readonly cluster: SimulatedCluster;
  readonly bus: SimulatedBus;
  readonly history: History;
  readonly publications: Publications;
  readonly times: SeedTimes;
  readonly declaration: (version: number) => AnyService;
  readonly substitutions: Substitutions;
};

/** A logger whose lines are part of the story. */
const storyLogger = ({ story }: Machine, { name }: SimulatedProcess): Logger => {
  if (!story.isTold) {
    const nothing = (): void => undefined;
    return { debug: nothing, info: nothing, warn: nothing, error: nothing };
  }
  const log = (message: string, fields: object = {}, cause?: unknown): void => {
    const reason = cause === undefined ? '' : ` (${cause})`;
    story.tell(name, `logs: ${message} ${JSON.stringify(fields)}${reason}`);
  };
  return { debug: log, info: log, warn: log, error: log };
};

/** Notes each commit of a repository's work. */
const noted = <Query, State>(
  repository: MemoryRepository<Query, State>,
  { cluster, history, machine: { story } }: ServiceWorld,
  region: string,
  workUnderWay: () => WorkUnderWay,
): MemoryRepository<Query, State> => ({
  ...repository,
  save: (transaction, state) => {
    const refusal = repository.save(transaction, state);
    const work = workUnderWay();
    if (refusal) return refusal;
    cluster.onCommit(transaction, () => {
      history.addEffect(work, region);
      if (story.isTold) story.tell('The database', `commits ${effectKey(work.once)}`);
    });
    return undefined;
  },
});

/**
 * A runner that says which work is under way when its repository saves. A unit of work decides and
 * saves without waiting, so no other work comes between.
 */
const telling = <Query, State, Event extends DomainEvent>(
  runner: WorkRunner<Query, State, Event>,
  tell: (work: WorkUnderWay) => void,
): WorkRunner<Query, State, Event> => ({
  run: async (run) => {
    const { once } = run;
    const end = { isRefused: false };
    const told = <Decided extends Decision<unknown, unknown, DomainEvent>>(decision: Decided) => {
      tell({ once, decided: decision.accepted ? decision.events : [], end });
      return decision;
    };
    const decide = run.decide as (state: State) => ReturnType<typeof run.decide>;
    // A decision without `load` takes no state, which a unit of work checks.
    const deciding =
      run.load === undefined
        ? () => told(decide(undefined as State))
        : (state: State) => told(decide(state));
    const outcome = await runner.run({ ...run, decide: deciding } as typeof run);
    end.isRefused = outcome.status === 'refused';
    return outcome;
  },
});

/** Wires the parts of one environment, as `createServiceParts` does for a function. */
export const createParts = (world: ServiceWorld, process: SimulatedProcess, version: number) => {
  const { machine, cluster, history, publications, times, substitutions: instead } = world;
  const { region, clock, random, ids } = process;
  const service = world.declaration(version);
  const dbClock: Clock = { now: () => Math.floor(machine.scheduler.now()), sleep: clock.sleep };
  const putEvents = world.bus.putEvents(process);
  const bus = publications.watchPublisher(
    createEventBridgePublisher({ busName: region, putEvents, clock }),
    process,
  );
  const owner = { region, clock, random, ids, bus };
  const link = cluster.connect(process);
  const database = instead.database?.(link, owner) ?? link;
  const logger = storyLogger(machine, process);
  const metrics = { add: () => undefined, flush: () => undefined };
  const realRetrier = createRetrier({ clock, random, metrics });
  const retrier = instead.retrier?.(realRetrier, owner) ?? realRetrier;
  const publisher = instead.publisher?.(bus, owner) ?? bus;
  const rows = createMemoryOutbox(database, {
    clock: dbClock,
    graceMs: times.outboxGraceMs,
    replayWindowMs: times.outboxReplayWindowMs,
  });
  const watched = publications.watchOutbox(rows, process);
  const outbox = instead.outbox?.(watched, owner) ?? watched;
  const retention = { clock: dbClock, retentionMs: times.inboxRetentionMs };
  const waiting = createMemoryOrderedEvents(database, retention);
  const ordered = instead.ordered?.(waiting, owner) ?? waiting;
  const store = createMemoryIdempotencyStore({ clock: dbClock, ids, database });
  const records = createMemoryExpiredRecords(database, { clock: dbClock });
  const consumersOf = instead.isUnordered ? undefined : orderedConsumers(service.consumers);
  let workUnderWay: WorkUnderWay | undefined;
  const currentWork = (): WorkUnderWay => workUnderWay as WorkUnderWay;

  const unitOfWorkOf = <Query, State>(
    repository: MemoryRepository<Query, State>,
  ): UnitOfWork<Query, State> => {
    const chosen = instead.repository?.(repository as never, owner) ?? repository;
    const real = createMemoryUnitOfWork<Query, State>({
      database,
      retrier,
      retention,
      repository: noted(chosen as typeof repository, world, region, currentWork),
      outboxInsert: (transaction, events, scheduled) => {
        const work = currentWork();
        rows.insert(transaction, events, scheduled);
        if (consumersOf) waiting.insert(transaction, consumersOf, events);
        const committed = [...events, ...scheduled.map(({ event }) => event)];
        cluster.onCommit(transaction, () => history.addEvents(work, committed));
      },
    });
    return (instead.unitOfWork?.(real as never, owner) as UnitOfWork<Query, State>) ?? real;
  };

  const runnerWith =
    (publishing: EventPublisher): SimulatedParts['runner'] =>
    <Query, State, Event extends DomainEvent>(repository: MemoryRepository<Query, State>) =>
      telling<Query, State, Event>(
        createWorkRunner({
          ...{ unitOfWork: unitOfWorkOf(repository), outbox, publisher: publishing, region },
          ...{ ids, logger, metrics, catalogue: service.catalogue as never },
        }),
        (work) => {
          workUnderWay = work;
        },
      );

  return {
    ...{ service, region, version, clock, random, ids, logger, metrics, retrier },
    ...{ outbox, ordered, publisher, runnerWith },
    store: instead.store?.(store, owner) ?? store,
    records: instead.records?.(records, owner) ?? records,
  };
};

/** The parts of one environment. */
export type EnvironmentParts = ReturnType<typeof createParts>;
