import { setTimeout as delay } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { IdempotencyStore } from '../../src/domain/kernel/index.ts';

/** What every store of leases does. */
export const idempotencyStoreContract = (
  name: string,
  createSubject: () => Promise<IdempotencyStore>,
): void => {
  describe(`idempotency store: ${name}`, () => {
    let store: IdempotencyStore;
    let key: string;
    const request = (changes: object = {}) => ({
      key,
      fingerprint: 'print',
      leaseMs: 60_000,
      retentionMs: 60_000,
      ...changes,
    });
    const acquire = async (changes: object = {}): Promise<string> => {
      const lease = await store.acquire(request(changes));
      if (lease.status !== 'acquired') throw new Error(`not acquired: ${lease.status}`);
      return lease.fence;
    };

    beforeEach(async () => {
      store = await createSubject();
      key = `job#${crypto.randomUUID()}`;
    });

    it('gives a key to one of twenty who ask at once', async () => {
      const leases = await Promise.allSettled(
        Array.from({ length: 20 }, () => store.acquire(request())),
      );
      const acquired = leases.filter(
        (lease) => lease.status === 'fulfilled' && lease.value.status === 'acquired',
      );
      expect(acquired).toHaveLength(1);
    });

    it('says that a key is in progress while its lease lasts', async () => {
      await acquire();
      expect(await store.acquire(request())).toEqual({ status: 'in-progress' });
      expect(await store.find(key)).toEqual({ status: 'in-progress' });
    });

    it('keeps the response as it was written, byte for byte', async () => {
      const response = '{"b":1,"a":[1.50,"é"]}';
      expect(await store.complete(key, await acquire(), response)).toBe(true);
      const completed = { status: 'completed', fingerprint: 'print', response };
      expect(await store.acquire(request())).toEqual(completed);
      expect(await store.find(key)).toEqual(completed);
    });

    it('gives a key to another one when its lease has ended, and fences the first', async () => {
      const zombie = await acquire({ leaseMs: 1 });
      await delay(20);
      const taker = await acquire();
      expect(await store.complete(key, zombie, '"late"')).toBe(false);
      expect(await store.complete(key, taker, '"done"')).toBe(true);
      expect(await store.find(key)).toMatchObject({ response: '"done"' });
    });

    it('frees a key that is given back, but only by its owner', async () => {
      const fence = await acquire();
      await store.release(key, crypto.randomUUID());
      expect(await store.find(key)).toEqual({ status: 'in-progress' });
      await store.release(key, fence);
      expect(await store.find(key)).toBeUndefined();
      await acquire();
    });

    it('keeps a completed record when its owner gives the key back', async () => {
      const fence = await acquire();
      await store.complete(key, fence, '"done"');
      await store.release(key, fence);
      expect(await store.find(key)).toMatchObject({ status: 'completed' });
    });

    it('forgets a record when its retention has ended', async () => {
      await store.complete(key, await acquire({ retentionMs: 1 }), '"done"');
      await delay(20);
      expect(await store.find(key)).toBeUndefined();
      await acquire();
    });
  });
};
