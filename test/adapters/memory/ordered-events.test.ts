import {
  createMemoryDatabase,
  createMemoryExpiredRecords,
  createMemoryOrderedEvents,
  createMemoryOutbox,
  createMemoryUnitOfWork,
} from '../../../src/adapters/memory/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../src/domain/kernel/outbox/expired-records.ts';
import {
  inboxRetentionMs,
  type OrderedEventsSubject,
  orderedConsumersOf,
  orderedEventsContract,
} from '../../../src/testing/index.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongOrderedEvents } from '../../contracts/wrong/ordered-events.ts';
import { memoryCounters } from '../../support/counter.ts';
import { always, manualClock } from '../../support/runtime-ports.ts';

const dayMs = 24 * 3_600_000;

const orderedSubject = async (): Promise<OrderedEventsSubject> => {
  const clock = manualClock();
  const database = createMemoryDatabase();
  const outbox = createMemoryOutbox(database, { clock, graceMs: 0, replayWindowMs: 0 });
  const orderedEvents = createMemoryOrderedEvents(database, {
    clock,
    retentionMs: inboxRetentionMs - dayMs,
  });
  const metrics = { add: () => undefined };
  const unitOfWork = createMemoryUnitOfWork({
    database,
    repository: memoryCounters,
    outboxInsert: (transaction, events, scheduled) => {
      outbox.insert(transaction, events, scheduled);
      orderedEvents.insert(transaction, orderedConsumersOf, events);
    },
    retrier: createRetrier({ clock: manualClock(), random: always(0.5), metrics }),
  });
  const expired = createMemoryExpiredRecords(database, { clock });
  return {
    unitOfWork,
    orderedEvents,
    other: { unitOfWork, orderedEvents },
    value: async (name) => database.begin().get<number>('counters', name),
    advance: async (ms) => clock.advance(ms),
    purge: async () => {
      for (let shard = 0; shard < recordShardCount; shard += 1) {
        await expired.purge({ kind: 'ordered', shard, rowsMax: 1_000, deadline: clock.now() });
      }
    },
  };
};

describeSuite('ordered events: memory', orderedEventsContract(orderedSubject));

refusesWrong(
  'orders events wrongly, in memory',
  wrongOrderedEvents,
  orderedEventsContract,
  orderedSubject,
);
