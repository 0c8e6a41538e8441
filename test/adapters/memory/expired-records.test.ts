import { describe, expect, it } from 'vitest';
import {
  createMemoryDatabase,
  createMemoryExpiredRecords,
} from '../../../src/adapters/memory/index.ts';
import type { RecordKind } from '../../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../../src/domain/kernel/outbox/expired-records.ts';
import { manualClock } from '../../support/runtime-ports.ts';

type Table = RecordKind | 'lease';

/** Records whose times are over after so many milliseconds, and the deletion of those. */
const setUp = () => {
  const clock = manualClock();
  const database = createMemoryDatabase();
  const records = createMemoryExpiredRecords(database, { clock });
  const put = (table: Table, key: string, ms: number): void => {
    const transaction = database.begin();
    transaction.put(table, key, { key, expiresAt: clock.now() + ms });
    transaction.commit();
  };
  const purge = (kind: RecordKind, shard: number, rowsMax = 100): Promise<number> =>
    records.purge({ kind, shard, rowsMax, deadline: clock.now() });
  const purgeAll = async (kind: RecordKind): Promise<number> => {
    let purged = 0;
    for (let shard = 0; shard < recordShardCount; shard += 1) purged += await purge(kind, shard);
    return purged;
  };
  const keysOf = (table: Table): readonly string[] =>
    database
      .begin()
      .all<{ readonly key: string }>(table)
      .map(({ key }) => key);
  return { clock, put, purge, purgeAll, keysOf };
};

describe('the deletion of expired records in memory', () => {
  it('takes records of commands and of leases for one kind, and those of events for another', async () => {
    const { put, purgeAll, keysOf } = setUp();
    for (const table of ['idempotency', 'lease', 'inbox'] as const) put(table, 'a', 0);
    expect(await purgeAll('inbox')).toBe(1);
    expect([keysOf('idempotency'), keysOf('lease'), keysOf('inbox')]).toEqual([['a'], ['a'], []]);
    put('inbox', 'a', 0);
    expect(await purgeAll('idempotency')).toBe(2);
    expect([keysOf('idempotency'), keysOf('lease'), keysOf('inbox')]).toEqual([[], [], ['a']]);
  });

  it('begins with the oldest', async () => {
    const { clock, put, purge, keysOf } = setUp();
    // One shard: their letters have the same sum.
    for (const [key, ms] of [
      ['ad', 2],
      ['bc', 0],
      ['cb', 1],
    ] as const) {
      put('inbox', key, ms);
    }
    clock.advance(2);
    const shard = ('a'.charCodeAt(0) + 'd'.charCodeAt(0)) % recordShardCount;
    expect(await purge('inbox', shard, 2)).toBe(2);
    expect(keysOf('inbox')).toEqual(['ad']);
  });

  it('deletes a record when its time ends, and not a millisecond before', async () => {
    const { clock, put, purgeAll } = setUp();
    put('inbox', 'a', 10);
    clock.advance(9);
    expect(await purgeAll('inbox')).toBe(0);
    clock.advance(1);
    expect(await purgeAll('inbox')).toBe(1);
  });

  it('finds each record in one shard', async () => {
    const { put, purge, purgeAll } = setUp();
    for (let index = 0; index < 40; index += 1) put('inbox', `é${index}`, 0);
    const first = await purge('inbox', 0);
    expect(first).toBeLessThan(40);
    expect(await purge('inbox', 0)).toBe(0);
    expect(first + (await purgeAll('inbox'))).toBe(40);
  });
});
