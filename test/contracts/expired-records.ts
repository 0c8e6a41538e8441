import { expect } from 'vitest';
import { Conflict, type ExpiredRecords, type RecordKind } from '../../src/domain/kernel/index.ts';
import { recordShardCount } from '../../src/domain/kernel/outbox/expired-records.ts';
import { collectCases, type Suite } from './suite.ts';

export type ExpiredRecordsSubject = {
  readonly records: ExpiredRecords;
  /** The same records, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly ExpiredRecords[];
  /** Records something once, as a unit of work does; returns its key. */
  readonly insert: (kind: RecordKind, expired: boolean) => Promise<string>;
  /** Takes a lease, whose time is over or not. */
  readonly lease: (expired: boolean) => Promise<string>;
  /** The keys that are recorded. */
  readonly keys: (kind: RecordKind) => Promise<readonly string[]>;
};

const shards = Array.from({ length: recordShardCount }, (_, shard) => shard);

/** The contract of every cleanup of records. Each test starts without any record. */
export const expiredRecordsContract = (
  createSubject: () => Promise<ExpiredRecordsSubject>,
): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: ExpiredRecordsSubject;
    const purgeShard = (
      kind: RecordKind,
      shard: number,
      rowsMax: number,
      records = subject.records,
    ): Promise<number> => records.purge({ kind, shard, rowsMax, deadline: Date.now() + 10_000 });
    /** Deletes so many rows at most of each shard; returns how many of each. */
    const purgeShards = async (kind: RecordKind, rowsMax: number): Promise<readonly number[]> => {
      const perShard: number[] = [];
      for (const shard of shards) perShard.push(await purgeShard(kind, shard, rowsMax));
      return perShard;
    };
    const purge = async (kind: RecordKind, rowsMax = 100): Promise<number> =>
      (await purgeShards(kind, rowsMax)).reduce((sum, rows) => sum + rows);
    const insertMany = async (kind: RecordKind, count: number): Promise<void> => {
      for (let row = 0; row < count; row += 1) await subject.insert(kind, true);
    };

    beforeEach(async () => {
      subject = await createSubject();
    });

    for (const [kind, other] of [
      ['idempotency', 'inbox'],
      ['inbox', 'idempotency'],
      ['ordered', 'inbox'],
    ] as const) {
      it(`deletes what has outlived its retention from ${kind}, and nothing else`, async () => {
        await insertMany(kind, 3);
        const inForce = await subject.insert(kind, false);
        expect(await purge(kind)).toBe(3);
        expect(await subject.keys(kind)).toEqual([inForce]);
        expect(await purge(kind)).toBe(0);
      });

      it(`names the parts of ${kind} with something to delete, and no others`, async () => {
        const expired = () => subject.records.expired(Date.now() + 10_000);
        await subject.insert(kind, false);
        await subject.insert(other, false);
        expect(await expired()).toEqual([]);
        await insertMany(kind, 3);
        const parts = await expired();
        expect(new Set(parts.map((part) => part.kind))).toEqual(new Set([kind]));
        expect(new Set(parts.map(({ shard }) => shard)).size).toBe(parts.length);
        for (const { shard } of parts) expect(await purgeShard(kind, shard, 100)).not.toBe(0);
        expect(await subject.keys(kind)).toHaveLength(1);
        expect(await expired()).toEqual([]);
      });

      it(`deletes from ${kind} and leaves ${other} alone`, async () => {
        await insertMany(kind, 2);
        await insertMany(other, 3);
        expect(await purge(kind)).toBe(2);
        expect(await subject.keys(kind)).toEqual([]);
        expect(await subject.keys(other)).toHaveLength(3);
      });

      it(`deletes from ${kind} at most as many rows of a shard as it is asked to`, async () => {
        await insertMany(kind, 40);
        expect(Math.max(...(await purgeShards(kind, 2)))).toBe(2);
        expect(await subject.keys(kind)).not.toEqual([]);
        while ((await purge(kind, 2)) > 0);
        expect(await subject.keys(kind)).toEqual([]);
      });

      it(`deletes from ${kind} in the shards that it is asked for only, and all in all shards`, async () => {
        await insertMany(kind, 40);
        const perShard = await purgeShards(kind, 100);
        expect(perShard.reduce((sum, rows) => sum + rows)).toBe(40);
        expect(perShard.filter((rows) => rows > 0).length).toBeGreaterThan(4);
        expect(await subject.keys(kind)).toEqual([]);
      });

      it(`deletes all of ${kind} in the end when several do it at once, who at most conflict`, async () => {
        await insertMany(kind, 40);
        for (let round = 0; (await subject.keys(kind)).length > 0; round += 1) {
          expect(round).toBeLessThan(40);
          const purges = await Promise.allSettled(
            subject.contenders.flatMap((records) =>
              shards.map((shard) => purgeShard(kind, shard, 1, records)),
            ),
          );
          for (const result of purges) {
            if (result.status === 'rejected') expect(result.reason).toBeInstanceOf(Conflict);
          }
        }
      });
    }

    it('deletes leases whose time is over, and none that is in force', async () => {
      await subject.lease(true);
      const inForce = await subject.lease(false);
      expect(await purge('idempotency')).toBe(1);
      expect(await subject.keys('idempotency')).toEqual([inForce]);
    });
  });
