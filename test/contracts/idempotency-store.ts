import fc from 'fast-check';
import { expect } from 'vitest';
import { type IdempotencyStore, responseBytesMax } from '../../src/domain/kernel/index.ts';
import { collectCases, type Suite } from './suite.ts';

export type IdempotencyStoreSubject = {
  readonly store: IdempotencyStore;
  /** The same records, as several processes see them that run at once: a connection each. */
  readonly contenders: readonly IdempotencyStore[];
  /** The records of another service in the same database. */
  readonly elsewhere: IdempotencyStore;
  /** Lets time pass by the store's clock, in milliseconds. */
  readonly advance: (ms: number) => Promise<void>;
};

/** Races are lost by chance: so many runs have shown each of them. */
const racesMax = 10;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

type Request = Parameters<IdempotencyStore['acquire']>[0];

/** The contract of every store of leases. */
export const idempotencyStoreContract = (
  createSubject: () => Promise<IdempotencyStoreSubject>,
): Suite =>
  collectCases(({ beforeEach, it }) => {
    let subject: IdempotencyStoreSubject;
    let store: IdempotencyStore;
    let contenders: readonly IdempotencyStore[];
    let key: string;
    const request = (changes: Partial<Request> = {}): Request => ({
      key,
      fingerprint: 'print',
      leaseMs: hourMs,
      ...changes,
    });
    const complete = (fence: string, response: string, retentionMs = hourMs) =>
      store.complete({ key, fence, response, retentionMs });
    const acquire = async (changes: Partial<Request> = {}): Promise<string> => {
      const lease = await store.acquire(request(changes));
      if (lease.status !== 'acquired') throw new Error(`not acquired: ${lease.status}`);
      return lease.fence;
    };
    const inProgress = { status: 'in-progress', fingerprint: 'print' };
    const completed = (response: string) => ({
      status: 'completed',
      fingerprint: 'print',
      response,
    });

    beforeEach(async () => {
      subject = await createSubject();
      ({ store, contenders } = subject);
      key = `job#${crypto.randomUUID()}`;
    });

    /** The answers to all contenders that ask for the key at once; none of them may fail. */
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
        await acquire();
        await subject.advance(hourMs);
        expect(await race()).toEqual(oneWins());
      }
    });

    it('says that a key is in progress while its lease lasts', async () => {
      expect(await store.find(key)).toBeUndefined();
      await acquire();
      expect(await store.acquire(request({ fingerprint: 'other' }))).toEqual(inProgress);
      expect(await store.acquire(request())).toEqual(inProgress);
      expect(await store.find(key)).toEqual(inProgress);
    });

    it('keeps a key taken for as long as its lease was asked for, and no longer', async () => {
      for (const leaseMs of [hourMs, 2 * hourMs]) {
        key = `long#${crypto.randomUUID()}`;
        await acquire({ leaseMs });
        await subject.advance(leaseMs - minuteMs);
        expect(await store.find(key)).toEqual(inProgress);
        expect(await store.acquire(request())).toEqual(inProgress);
        // Asking has not prolonged it.
        await subject.advance(minuteMs);
        expect(await store.find(key)).toBeUndefined();
        await acquire();
      }
    });

    it('keeps the response as it was written, byte for byte', async () => {
      const response = '{"b":1,"a":[1.50,"é"]}';
      expect(await complete(await acquire(), response)).toBe(true);
      expect(await store.acquire(request())).toEqual(completed(response));
      expect(await store.acquire(request({ fingerprint: 'other' }))).toEqual(completed(response));
      expect(await store.find(key)).toEqual(completed(response));
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
        expect(await store.find(key)).toEqual(inProgress);
        expect(await complete(fence, response)).toBe(true);
        expect(await store.find(key)).toMatchObject({ response });
      }
    });

    it('gives a key to another one when its lease has ended, and fences the first', async () => {
      const zombie = await acquire();
      await subject.advance(hourMs);
      const taker = await acquire();
      expect(await complete(zombie, '"late"')).toBe(false);
      await store.release(key, zombie);
      expect(await store.find(key)).toEqual(inProgress);
      expect(await complete(taker, '"done"')).toBe(true);
      expect(await complete(zombie, '"late"')).toBe(false);
      expect(await store.find(key)).toEqual(completed('"done"'));
    });

    it('knows the content of the last one who has taken a key', async () => {
      await acquire({ fingerprint: 'first' });
      await subject.advance(hourMs);
      const second = await acquire({ fingerprint: 'second' });
      const taken = { status: 'in-progress', fingerprint: 'second' };
      expect(await store.find(key)).toEqual(taken);
      await complete(second, '"second"');
      expect(await store.find(key)).toMatchObject({ status: 'completed', fingerprint: 'second' });
      await subject.advance(hourMs);
      await acquire({ fingerprint: 'third' });
      const takenAgain = { status: 'in-progress', fingerprint: 'third' };
      expect(await store.acquire(request({ fingerprint: 'second' }))).toEqual(takenAgain);
    });

    it('stores the response of work that has outlived its lease, if nobody took the key', async () => {
      const fence = await acquire();
      await subject.advance(2 * hourMs);
      expect(await complete(fence, '"late"')).toBe(true);
      expect(await store.find(key)).toEqual(completed('"late"'));
      expect(await store.acquire(request())).toEqual(completed('"late"'));
    });

    it('stores a response although the time to do it is over', async () => {
      const fence = await acquire();
      const completion = { key, fence, response: '"done"', retentionMs: hourMs };
      expect(await store.complete({ ...completion, deadline: Date.now() - minuteMs })).toBe(true);
      expect(await store.find(key)).toEqual(completed('"done"'));
    });

    it('knows a completion that its owner repeats, and keeps the first response', async () => {
      const fence = await acquire();
      for (const response of ['"done"', '"done"', '"other"']) {
        expect(await complete(fence, response)).toBe(true);
      }
      expect(await store.find(key)).toEqual(completed('"done"'));
      await store.release(key, fence);
      expect(await complete(crypto.randomUUID(), '"done"')).toBe(false);
    });

    it('keeps a response no longer for a completion that is repeated', async () => {
      const fence = await acquire();
      await complete(fence, '"done"');
      await subject.advance(hourMs - minuteMs);
      expect(await complete(fence, '"done"', 2 * hourMs)).toBe(true);
      await subject.advance(minuteMs);
      expect(await store.find(key)).toBeUndefined();
    });

    it('knows no completion of an owner whose key another one has taken since', async () => {
      const first = await acquire();
      expect(await complete(first, '"first"')).toBe(true);
      await subject.advance(hourMs);
      const second = await acquire();
      expect(await complete(first, '"first"')).toBe(false);
      expect(await store.find(key)).toEqual(inProgress);
      expect(await complete(second, '"second"')).toBe(true);
      expect(await complete(first, '"first"')).toBe(false);
      expect(await store.find(key)).toEqual(completed('"second"'));
    });

    it('stores nothing for a key that nobody has taken', async () => {
      expect(await complete(crypto.randomUUID(), '"done"')).toBe(false);
      expect(await store.find(key)).toBeUndefined();
      const fence = await acquire();
      await store.release(key, fence);
      expect(await complete(fence, '"done"')).toBe(false);
      expect(await store.find(key)).toBeUndefined();
      await store.release(key, fence);
    });

    it('frees a key that is given back, but only by its owner', async () => {
      const fence = await acquire();
      await store.release(key, crypto.randomUUID());
      expect(await store.find(key)).toEqual(inProgress);
      await store.release(key, fence);
      expect(await store.find(key)).toBeUndefined();
      const next = await acquire();
      // The same process holds it again, under another proof.
      await store.release(key, fence);
      expect(await complete(fence, '"first"')).toBe(false);
      expect(await complete(next, '"next"')).toBe(true);
    });

    it('keeps a completed record when its owner gives the key back', async () => {
      const fence = await acquire();
      await complete(fence, '"done"');
      await store.release(key, fence);
      expect(await store.find(key)).toEqual(completed('"done"'));
      expect(await store.acquire(request())).toEqual(completed('"done"'));
    });

    it('keeps a response for its retention, which begins when the work is done', async () => {
      for (const retentionMs of [hourMs, 3 * hourMs]) {
        key = `kept#${crypto.randomUUID()}`;
        const fence = await acquire({ leaseMs: 2 * hourMs });
        await subject.advance(hourMs + minuteMs);
        expect(await complete(fence, '"done"', retentionMs)).toBe(true);
        await subject.advance(retentionMs - minuteMs);
        expect(await store.find(key)).toEqual(completed('"done"'));
        expect(await store.acquire(request())).toEqual(completed('"done"'));
        await subject.advance(minuteMs);
        expect(await store.find(key)).toBeUndefined();
        await acquire();
        expect(await store.find(key)).toEqual(inProgress);
      }
    });

    it('keeps keys apart, whatever they differ in', async () => {
      const long = 'x'.repeat(2_000);
      const fences = new Map<string, string>();
      for (const end of ['', 'a', 'A', 'a ', 'a\u0000', 'ä', long, `${long}x`]) {
        fences.set(key + end, await acquire({ key: key + end, fingerprint: JSON.stringify(end) }));
      }
      for (const [one, fence] of fences) {
        for (const other of fences.values()) {
          if (other === fence) continue;
          const completion = { key: one, fence: other, response: '"other"', retentionMs: hourMs };
          expect(await store.complete(completion)).toBe(false);
          await store.release(one, other);
          break;
        }
        const fingerprint = JSON.stringify(one.slice(key.length));
        expect(await store.find(one)).toEqual({ status: 'in-progress', fingerprint });
        const completion = { key: one, fence, response: `"${fence}"`, retentionMs: hourMs };
        expect(await store.complete(completion)).toBe(true);
        expect(await store.find(one)).toMatchObject({ response: `"${fence}"` });
      }
    });

    it('keeps the records of services apart', async () => {
      const { elsewhere } = subject;
      const here = await acquire();
      expect(await elsewhere.find(key)).toBeUndefined();
      const there = await elsewhere.acquire(request({ fingerprint: 'there' }));
      if (there.status !== 'acquired') throw new Error(`not acquired: ${there.status}`);
      expect(await complete(there.fence, '"there"')).toBe(false);
      expect(await complete(here, '"here"')).toBe(true);
      expect(await elsewhere.find(key)).toEqual({ status: 'in-progress', fingerprint: 'there' });
      await elsewhere.release(key, there.fence);
      expect(await elsewhere.find(key)).toBeUndefined();
      expect(await store.find(key)).toEqual(completed('"here"'));
      key = `there#${crypto.randomUUID()}`;
      await elsewhere.acquire(request());
      expect(await store.find(key)).toBeUndefined();
    });

    it('keeps any response byte for byte, whatever its texts, numbers and order of keys', async () => {
      const unit = fc.constantFrom('a', '1.10', 'é', '😀', '\u0000', '\ud800', '"', '\\');
      const values = fc.record({ b: fc.jsonValue({ maxDepth: 3 }), a: fc.string({ unit }) });
      await fc.assert(
        fc.asyncProperty(values, async (value) => {
          const response = JSON.stringify({ ...value, 2: 'first' });
          key = `bytes#${crypto.randomUUID()}`;
          await complete(await acquire(), response);
          expect(await store.find(key)).toEqual(completed(response));
        }),
        { numRuns: 30 },
      );
    });
  });
