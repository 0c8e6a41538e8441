import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type IdempotencyStore, responseBytesMax } from '../../src/domain/kernel/index.ts';

export type IdempotencyStoreSubject = {
  readonly store: IdempotencyStore;
  /** The same records, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly IdempotencyStore[];
};

/** Races are lost by chance: so many runs have shown each of them. */
const racesMax = 10;

/** What every store of leases does. */
export const idempotencyStoreContract = (
  name: string,
  createSubject: () => Promise<IdempotencyStoreSubject>,
): void => {
  describe(`idempotency store: ${name}`, () => {
    let store: IdempotencyStore;
    let contenders: readonly IdempotencyStore[];
    let key: string;
    const request = (changes: object = {}) => ({
      key,
      fingerprint: 'print',
      leaseMs: 60_000,
      ...changes,
    });
    const complete = (fence: string, response: string, retentionMs = 60_000) =>
      store.complete({ key, fence, response, retentionMs });
    const acquire = async (changes: object = {}): Promise<string> => {
      const lease = await store.acquire(request(changes));
      if (lease.status !== 'acquired') throw new Error(`not acquired: ${lease.status}`);
      return lease.fence;
    };

    beforeEach(async () => {
      ({ store, contenders } = await createSubject());
      key = `job#${crypto.randomUUID()}`;
    });

    /** What all contenders are told that ask for the key at once; none of them may fail. */
    const race = async () => {
      const leases = await Promise.all(contenders.map((one) => one.acquire(request())));
      return leases.map(({ status }) => status).toSorted();
    };
    const oneWins = () => ['acquired', ...contenders.slice(1).map(() => 'in-progress')];

    it('gives a key to one of all who ask at once, and tells the others', async () => {
      for (let run = 0; run < racesMax; run += 1) {
        key = `race#${crypto.randomUUID()}`;
        expect(await race()).toEqual(oneWins());
      }
    });

    it('gives a key whose lease has ended to one of all who ask at once', async () => {
      for (let run = 0; run < racesMax; run += 1) {
        key = `race#${crypto.randomUUID()}`;
        await acquire({ leaseMs: 1 });
        await delay(5);
        expect(await race()).toEqual(oneWins());
      }
    });

    it('says that a key is in progress while its lease lasts', async () => {
      await acquire();
      const inProgress = { status: 'in-progress', fingerprint: 'print' };
      expect(await store.acquire(request({ fingerprint: 'other' }))).toEqual(inProgress);
      expect(await store.find(key)).toEqual(inProgress);
    });

    it('keeps the response as it was written, byte for byte', async () => {
      const response = '{"b":1,"a":[1.50,"é"]}';
      expect(await complete(await acquire(), response)).toBe(true);
      const completed = { status: 'completed', fingerprint: 'print', response };
      expect(await store.acquire(request())).toEqual(completed);
      expect(await store.find(key)).toEqual(completed);
    });

    it('keeps a response of 1 MiB in UTF-8, refuses a larger one, and leaves the key taken', async () => {
      for (const letter of ['x', '漢']) {
        key = `large#${crypto.randomUUID()}`;
        const fence = await acquire();
        const count = Math.floor((responseBytesMax - 2) / Buffer.byteLength(letter));
        const text = letter.repeat(count);
        const response = `"${text.padEnd(count + responseBytesMax - 2 - Buffer.byteLength(text))}"`;
        expect(Buffer.byteLength(response)).toBe(responseBytesMax);
        const tooLarge = complete(fence, `${response} `);
        await expect(tooLarge).rejects.toMatchObject({ kind: 'InvalidInput' });
        expect(await store.find(key)).toMatchObject({ status: 'in-progress' });
        expect(await complete(fence, response)).toBe(true);
        expect(await store.find(key)).toMatchObject({ response });
      }
    });

    it('gives a key to another one when its lease has ended, and fences the first', async () => {
      const zombie = await acquire({ leaseMs: 1 });
      await delay(20);
      const taker = await acquire();
      expect(await complete(zombie, '"late"')).toBe(false);
      expect(await complete(taker, '"done"')).toBe(true);
      expect(await store.find(key)).toMatchObject({ response: '"done"' });
    });

    it('knows a completion that its owner repeats, and keeps the first response', async () => {
      const fence = await acquire();
      for (const response of ['"done"', '"done"', '"other"']) {
        expect(await complete(fence, response)).toBe(true);
      }
      expect(await store.find(key)).toMatchObject({ status: 'completed', response: '"done"' });
      await store.release(key, fence);
      expect(await complete(crypto.randomUUID(), '"done"')).toBe(false);
    });

    it('knows no completion of an owner whose key another one has taken since', async () => {
      const first = await acquire();
      expect(await complete(first, '"first"', 1)).toBe(true);
      await delay(20);
      const second = await acquire();
      expect(await complete(first, '"first"')).toBe(false);
      expect(await complete(second, '"second"')).toBe(true);
      expect(await complete(first, '"first"')).toBe(false);
      expect(await store.find(key)).toMatchObject({ response: '"second"' });
    });

    it('frees a key that is given back, but only by its owner', async () => {
      const fence = await acquire();
      await store.release(key, crypto.randomUUID());
      expect(await store.find(key)).toMatchObject({ status: 'in-progress' });
      await store.release(key, fence);
      expect(await store.find(key)).toBeUndefined();
      await acquire();
    });

    it('keeps a completed record when its owner gives the key back', async () => {
      const fence = await acquire();
      await complete(fence, '"done"');
      await store.release(key, fence);
      expect(await store.find(key)).toMatchObject({ status: 'completed' });
    });

    it('keeps a response for its retention, which begins when the work is done', async () => {
      expect(await complete(await acquire({ leaseMs: 1 }), '"done"')).toBe(true);
      await delay(20);
      expect(await store.find(key)).toMatchObject({ status: 'completed' });
    });

    it('forgets a record when its retention has ended', async () => {
      await complete(await acquire(), '"done"', 1);
      await delay(20);
      expect(await store.find(key)).toBeUndefined();
      await acquire();
    });

    it('keeps any response byte for byte, whatever its texts, numbers and order of keys', async () => {
      const unit = fc.constantFrom('a', '1.10', 'é', '😀', '\u0000', '\ud800', '"', '\\');
      const values = fc.record({ b: fc.jsonValue({ maxDepth: 3 }), a: fc.string({ unit }) });
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const response = JSON.stringify({ ...value, 2: 'first' });
          key = `bytes#${crypto.randomUUID()}`;
          await complete(await acquire(), response);
          const found = await store.find(key);
          expect(found).toEqual({ status: 'completed', fingerprint: 'print', response });
        }),
        { numRuns: 30 },
      );
    });
  });
};
