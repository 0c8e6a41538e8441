import {
  createMemoryDatabase,
  createMemoryExpiredRecords,
  createMemoryIdempotencyStore,
  createMemoryMetrics,
  createMemoryOrderedEvents,
  createMemoryOutbox,
  createMemoryUnitOfWork,
} from '../../../src/adapters/memory/index.ts';
import { systemClock, systemIds, systemRandom } from '../../../src/adapters/system/index.ts';
import { createRetrier, type RecordKind } from '../../../src/domain/kernel/index.ts';
import { envelopeOf } from '../../../src/testing/contracts/counter.ts';
import { unitOfWorkContract } from '../../../src/testing/contracts/unit-of-work/unit-of-work.ts';
import type { UnitOfWorkSubject } from '../../../src/testing/contracts/unit-of-work/unit-of-work-subject.ts';
import {
  type ExpiredRecordsSubject,
  expiredRecordsContract,
} from '../../contracts/expired-records.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongExpiredRecords } from '../../contracts/wrong/expired-records.ts';
import { wrongUnitsOfWork } from '../../contracts/wrong/unit-of-work.ts';
import { added, counterWork, memoryCounters, setTo } from '../../support/counter.ts';

const clock = systemClock;

const createOutbox = () => {
  const database = createMemoryDatabase();
  return {
    database,
    outbox: createMemoryOutbox(database, { clock, graceMs: 0, replayWindowMs: 0 }),
  };
};

const counterSubject = async (): Promise<UnitOfWorkSubject> => {
  const { database, outbox } = createOutbox();
  const retrier = () =>
    createRetrier({ clock, random: systemRandom, metrics: createMemoryMetrics() });
  const unitOfWork = (repository = memoryCounters) =>
    createMemoryUnitOfWork({
      database,
      repository,
      outboxInsert: outbox.insert,
      retrier: retrier(),
    });
  const overtake = (counter: string): void => {
    const transaction = database.begin();
    transaction.put('counters', counter, 100);
    transaction.commit();
  };
  return {
    unitOfWork: unitOfWork(),
    other: unitOfWork(),
    overtaken: (counter, times) => {
      let left = times;
      return unitOfWork({
        ...memoryCounters,
        save: (transaction, state) => {
          if (left > 0) overtake(counter);
          left -= 1;
          return memoryCounters.save(transaction, state);
        },
      });
    },
    outbox,
    value: async (name) => database.begin().get<number>('counters', name),
  };
};

describeSuite('unit of work: memory', unitOfWorkContract(counterSubject));
refusesWrong('unit of work in memory', wrongUnitsOfWork, unitOfWorkContract, counterSubject);

const expiredRecords = async (): Promise<ExpiredRecordsSubject> => {
  const { database, outbox } = createOutbox();
  const records = createMemoryExpiredRecords(database, { clock });
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds, database });
  const insertOrdered = (expired: boolean): string => {
    const retention = { clock, retentionMs: expired ? -1 : 60_000 };
    const transaction = database.begin();
    const event = envelopeOf(added('a', 1));
    createMemoryOrderedEvents(database, retention).insert(transaction, () => ['sum'], [event]);
    transaction.commit();
    return JSON.stringify([event.id, 'sum']);
  };
  const insert = async (kind: RecordKind, expired: boolean): Promise<string> => {
    const key = crypto.randomUUID();
    if (kind === 'ordered') return insertOrdered(expired);
    const unitOfWork = createMemoryUnitOfWork({
      database,
      repository: memoryCounters,
      outboxInsert: outbox.insert,
      retrier: createRetrier({ clock, random: systemRandom, metrics: createMemoryMetrics() }),
      retention: { clock, retentionMs: expired ? -1 : 60_000 },
    });
    const work = counterWork(setTo('a', 1), { key });
    const event = { kind: 'event', consumer: 'sum', eventId: key } as const;
    await unitOfWork.execute(kind === 'inbox' ? { ...work, once: event } : work);
    return kind === 'inbox' ? JSON.stringify([key, 'sum']) : key;
  };
  return {
    records,
    contenders: Array.from({ length: 4 }, () => records),
    insert,
    lease: async (expired) => {
      const key = crypto.randomUUID();
      await store.acquire({ key, fingerprint: '', leaseMs: expired ? -1 : 60_000 });
      return key;
    },
    keys: async (kind) => {
      const tables = {
        ordered: ['ordered_events'],
        inbox: ['inbox'],
        idempotency: ['idempotency', 'lease'],
      }[kind];
      const all = tables.flatMap((table) => database.begin().all<{ readonly key: string }>(table));
      return all.map(({ key }) => key);
    },
  };
};

describeSuite('expired records: memory', expiredRecordsContract(expiredRecords));

refusesWrong(
  'records in memory must not do',
  wrongExpiredRecords,
  expiredRecordsContract,
  expiredRecords,
);
