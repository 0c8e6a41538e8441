import { describe, expect, it } from 'vitest';
import {
  createMemoryCommandRecords,
  createMemoryDatabase,
  createMemoryExpiredRecords,
  createMemoryIdempotencyStore,
  createMemoryOutbox,
  createMemoryUnitOfWork,
} from '../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../src/adapters/system/index.ts';
import { createRetrier } from '../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../src/domain/kernel/outbox/expired-records.ts';
import {
  type CommandRecordsSubject,
  commandRecordsContract,
  recordRetentionMs,
} from '../../../src/testing/contracts/idempotency/command-records.ts';
import { idempotencyStoreContract } from '../../../src/testing/contracts/idempotency/idempotency-store.ts';
import type { IdempotencyStoreSubject } from '../../../src/testing/contracts/idempotency/store-trial.ts';
import { inboxContract } from '../../../src/testing/contracts/inbox.ts';
import { keepsAnyResponse } from '../../contracts/idempotency-responses.ts';
import { describeSuite, refusesWrong } from '../../contracts/suite.ts';
import { wrongCommandRecords } from '../../contracts/wrong/command-records.ts';
import { wrongIdempotencyStores } from '../../contracts/wrong/idempotency-store.ts';
import { wrongInboxes } from '../../contracts/wrong/inbox.ts';
import { memoryCounters } from '../../support/counter.ts';
import { always, manualClock } from '../../support/runtime-ports.ts';

const storeSubject = async (): Promise<IdempotencyStoreSubject> => {
  const clock = manualClock();
  const store = createMemoryIdempotencyStore({ clock, ids: systemIds });
  return {
    store,
    contenders: Array.from({ length: 8 }, () => store),
    elsewhere: createMemoryIdempotencyStore({ clock, ids: systemIds }),
    advance: async (ms) => clock.advance(ms),
  };
};

describeSuite('idempotency store: memory', idempotencyStoreContract(storeSubject));

keepsAnyResponse('the store in memory', storeSubject);

refusesWrong(
  'holds leases wrongly, in memory',
  wrongIdempotencyStores,
  idempotencyStoreContract,
  storeSubject,
);

describe('a completion in memory without a lease', () => {
  it('leaves no record at all', async () => {
    const database = createMemoryDatabase();
    const store = createMemoryIdempotencyStore({ clock: manualClock(), ids: systemIds, database });
    const completion = { key: 'k', fence: 'f', response: '1', retentionMs: 1_000 };
    expect(await store.complete(completion)).toBe(false);
    expect(database.begin().all('lease')).toEqual([]);
  });
});

/** A service in memory, under a clock of its own; retries follow the time of their deadlines. */
const memorySide = (clock = manualClock()) => {
  const database = createMemoryDatabase();
  const { insert: outboxInsert } = createMemoryOutbox(database, {
    clock,
    graceMs: 0,
    replayWindowMs: 0,
  });
  const metrics = { add: () => undefined };
  const retrier = createRetrier({ clock: manualClock(), random: always(0.5), metrics });
  const unitOfWork = createMemoryUnitOfWork({
    database,
    repository: memoryCounters,
    outboxInsert,
    retrier,
    retention: { clock, retentionMs: recordRetentionMs },
  });
  return { database, side: { records: createMemoryCommandRecords(database), unitOfWork } };
};

const recordsSubject = async (): Promise<CommandRecordsSubject> => {
  const clock = manualClock();
  const { database, side } = memorySide(clock);
  const expired = createMemoryExpiredRecords(database, { clock });
  return {
    ...side,
    other: { ...side },
    elsewhere: memorySide(clock).side,
    store: createMemoryIdempotencyStore({ clock, ids: systemIds, database }),
    value: async (name) => database.begin().get<number>('counters', name),
    advance: async (ms) => clock.advance(ms),
    purge: async () => {
      for (const kind of ['idempotency', 'inbox'] as const) {
        for (let shard = 0; shard < recordShardCount; shard += 1) {
          await expired.purge({ kind, shard, rowsMax: 1_000, deadline: clock.now() });
        }
      }
    },
  };
};

describeSuite('records of units of work: memory', commandRecordsContract(recordsSubject));

refusesWrong(
  'keeps records wrongly, in memory',
  wrongCommandRecords,
  commandRecordsContract,
  recordsSubject,
);

describeSuite('inbox: memory', inboxContract(recordsSubject));

refusesWrong('forgets events wrongly, in memory', wrongInboxes, inboxContract, recordsSubject);
