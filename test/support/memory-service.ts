import type { PutEventsCommandOutput } from '@aws-sdk/client-eventbridge';
import {
  createEventBridgePublisher,
  type PutEvents,
  type PutEventsEntry,
} from '../../src/adapters/eventbridge/index.ts';
import {
  createMemoryDatabase,
  createMemoryLogger,
  createMemoryMetrics,
  createMemoryOutbox,
  createMemoryUnitOfWork,
  type MemoryRepository,
} from '../../src/adapters/memory/index.ts';
import { systemIds } from '../../src/adapters/system/index.ts';
import {
  createRetrier,
  createWorkRunner,
  type DomainEvent,
  type EventCatalogue,
  type EventEnvelope,
  type EventPublisher,
  type Outbox,
} from '../../src/domain/kernel/index.ts';
import { always, type ManualClock, manualClock } from './runtime-ports.ts';

/** Milliseconds that a command has to publish its events itself. */
export const graceMs = 60_000;

/** Milliseconds for which published rows are kept. */
export const replayWindowMs = 86_400_000;

/** A database in memory with its outbox, under a clock that stands still until it is moved. */
export const memoryService = (clock: ManualClock = manualClock()) => {
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, { clock, graceMs, replayWindowMs });
  const logger = createMemoryLogger();
  const metrics = createMemoryMetrics();
  const retrier = createRetrier({ clock, random: always(0.5), metrics });

  const unitOfWork = <Query, State>(repository: MemoryRepository<Query, State>) =>
    createMemoryUnitOfWork({ database, repository, outboxInsert: outbox.insert, retrier });

  /** The work runner of a context. */
  const runnerOf = <Query, State, Event extends DomainEvent>(
    repository: MemoryRepository<Query, State>,
    options: {
      readonly catalogue: Pick<EventCatalogue<EventEnvelope, Event>, 'envelop'>;
      readonly publisher: EventPublisher;
      readonly region?: string;
      readonly outbox?: Outbox;
    },
  ) => {
    const region = 'us-east-1';
    const deps = {
      unitOfWork: unitOfWork(repository),
      outbox,
      ids: systemIds,
      logger,
      metrics,
      region,
    };
    return createWorkRunner({ ...deps, ...options });
  };

  /** Puts events into the outbox, as a command does that dies before it publishes. */
  const insert = (...events: readonly EventEnvelope[]): void => {
    const transaction = database.begin();
    outbox.insert(transaction, events);
    transaction.commit();
  };

  return { clock, database, outbox, logger, metrics, retrier, unitOfWork, runnerOf, insert };
};

/** The bus's answer to one entry. */
type EntryAnswer = NonNullable<PutEventsCommandOutput['Entries']>[number];

/** A bus whose answers, one per entry, are given by the test; what it takes is kept. */
export const busThat = (answer: (entry: PutEventsEntry) => EntryAnswer | undefined) => {
  const taken: EventEnvelope[] = [];
  const putEvents: PutEvents = async (entries) => ({
    Entries: entries.flatMap((entry) => {
      const result = answer(entry);
      if (result?.EventId) taken.push(JSON.parse(entry.Detail));
      return result ?? [];
    }),
  });
  return { taken, publisher: createEventBridgePublisher({ busName: 'bus', putEvents }) };
};

/** Takes everything. */
export const acceptingBus = () => busThat(() => ({ EventId: 'bus-id' }));

/** A bus that cannot be reached. */
export const unreachableBus = (): EventPublisher =>
  createEventBridgePublisher({
    busName: 'bus',
    putEvents: async () => {
      throw new Error('connect ECONNREFUSED');
    },
  });
