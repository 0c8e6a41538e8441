import {
  createMemoryDatabase,
  createMemoryIdempotencyStore,
  createMemoryMetrics,
  createMemoryOutbox,
  createMemoryUnitOfWork,
} from '../../../src/adapters/memory/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import { systemClock, systemIds, systemRandom } from '../../../src/handlers/runtime/system.ts';
import { idempotencyStoreContract } from '../../contracts/idempotency-store.ts';
import { outboxContract } from '../../contracts/outbox.ts';
import { unitOfWorkContract } from '../../contracts/unit-of-work.ts';
import { memoryCounters } from '../../support/counter.ts';

const clock = systemClock;

const createOutbox = () => {
  const database = createMemoryDatabase();
  return {
    database,
    outbox: createMemoryOutbox(database, { clock, graceMs: 0, replayWindowMs: 0 }),
  };
};

unitOfWorkContract('memory', async () => {
  const { database, outbox } = createOutbox();
  const retrier = () =>
    createRetrier({ clock, random: systemRandom, metrics: createMemoryMetrics() });
  const unitOfWork = () =>
    createMemoryUnitOfWork({
      database,
      repository: memoryCounters,
      outboxInsert: outbox.insert,
      retrier: retrier(),
    });
  return {
    unitOfWork: unitOfWork(),
    other: unitOfWork(),
    outbox,
    value: async (name) => database.begin().get<number>('counters', name),
  };
});

outboxContract('memory', async () => {
  const { database, outbox } = createOutbox();
  return {
    outbox,
    contenders: Array.from({ length: 8 }, () => outbox),
    insert: async (events) => {
      const transaction = database.begin();
      outbox.insert(transaction, events);
      transaction.commit();
    },
  };
});

idempotencyStoreContract('memory', async () => {
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds });
  return { store, contenders: Array.from({ length: 8 }, () => store) };
});
