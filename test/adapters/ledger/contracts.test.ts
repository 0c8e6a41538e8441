import {
  createMemoryAuditRepository,
  createMemoryLedgerQueries,
  createMemoryLedgerRepository,
  createMemoryTotalsRepository,
} from '../../../src/adapters/ledger/index.ts';
import {
  createMemoryDatabase,
  createMemoryMetrics,
  createMemoryUnitOfWork,
  type MemoryRepository,
} from '../../../src/adapters/memory/index.ts';
import { systemClock as clock, systemRandom } from '../../../src/adapters/system/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import type { AuditState } from '../../../src/domain/ledger/index.ts';
import { type LedgerSubject, ledgerRepositoryContract } from '../../contracts/ledger/repository.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongLedgers } from '../../contracts/wrong/ledger/repository.ts';

const createSubject = async (): Promise<LedgerSubject> => {
  const database = createMemoryDatabase();
  const metrics = createMemoryMetrics();
  const retrier = createRetrier({ clock, random: systemRandom, metrics });
  const on = <Query, State>(repository: MemoryRepository<Query, State>) =>
    createMemoryUnitOfWork({ database, repository, retrier, outboxInsert: () => undefined });
  return {
    ledger: on(createMemoryLedgerRepository()),
    totals: on(createMemoryTotalsRepository(clock)),
    audit: on(createMemoryAuditRepository()),
    queries: createMemoryLedgerQueries(database),
    arrivals: async (eventId) =>
      database
        .begin()
        .all<AuditState['arrivals'][number]>('arrivals')
        .filter((arrival) => arrival.eventId === eventId),
  };
};

describeSuite('ledger repository: memory', ledgerRepositoryContract(createSubject));
refusesWrong('ledger in memory', wrongLedgers, ledgerRepositoryContract, createSubject);
