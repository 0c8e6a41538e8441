import { randomUUID } from 'node:crypto';
import { expectEqual, expectLike } from '../expectations.ts';
import {
  completed,
  hourMs,
  inProgress,
  minuteMs,
  type StoreChecks,
  trialOf,
} from './store-trial.ts';

/** Races are lost by chance: so many runs have shown each of them. */
const racesMax = 10;

/** The owner of a key, and the time for which it owns it. */
export const leaseChecks: StoreChecks = {
  'gives a key to one of all who ask at once, and tells the others': async ({ subject }) => {
    for (let run = 0; run < racesMax; run += 1) {
      const { race, oneWins } = trialOf(subject);
      expectEqual(await race(), oneWins());
    }
  },

  'gives a key whose lease has ended to one of all who ask at once': async ({
    subject,
    advance,
  }) => {
    for (let run = 0; run < racesMax; run += 1) {
      const { acquire, race, oneWins } = trialOf(subject);
      await acquire();
      await advance(hourMs);
      expectEqual(await race(), oneWins());
    }
  },

  'says that a key is in progress while its lease lasts': async ({
    store,
    key,
    request,
    acquire,
  }) => {
    expectEqual(await store.find(key), undefined);
    await acquire();
    expectEqual(await store.acquire(request({ fingerprint: 'other' })), inProgress);
    expectEqual(await store.acquire(request()), inProgress);
    expectEqual(await store.find(key), inProgress);
  },

  'keeps a key taken for as long as its lease was asked for, and no longer': async ({
    subject,
    advance,
  }) => {
    for (const leaseMs of [hourMs, 2 * hourMs]) {
      const { store, key, request, acquire } = trialOf(subject);
      await acquire({ leaseMs });
      await advance(leaseMs - minuteMs);
      expectEqual(await store.find(key), inProgress);
      expectEqual(await store.acquire(request()), inProgress);
      // Asking has not prolonged it.
      await advance(minuteMs);
      expectEqual(await store.find(key), undefined);
      await acquire();
    }
  },

  'gives a key to another one when its lease has ended, and fences the first': async ({
    store,
    advance,
    key,
    complete,
    acquire,
  }) => {
    const zombie = await acquire();
    await advance(hourMs);
    const taker = await acquire();
    expectEqual(await complete(zombie, '"late"'), false);
    await store.release(key, zombie);
    expectEqual(await store.find(key), inProgress);
    expectEqual(await complete(taker, '"done"'), true);
    expectEqual(await complete(zombie, '"late"'), false);
    expectEqual(await store.find(key), completed('"done"'));
  },

  'knows the content of the last one who has taken a key': async ({
    store,
    advance,
    key,
    request,
    complete,
    acquire,
  }) => {
    await acquire({ fingerprint: 'first' });
    await advance(hourMs);
    const second = await acquire({ fingerprint: 'second' });
    const taken = { status: 'in-progress', fingerprint: 'second' };
    expectEqual(await store.find(key), taken);
    await complete(second, '"second"');
    expectLike(await store.find(key), { status: 'completed', fingerprint: 'second' });
    await advance(hourMs);
    await acquire({ fingerprint: 'third' });
    const takenAgain = { status: 'in-progress', fingerprint: 'third' };
    expectEqual(await store.acquire(request({ fingerprint: 'second' })), takenAgain);
  },

  'frees a key that is given back, but only by its owner': async ({
    store,
    key,
    complete,
    acquire,
  }) => {
    const fence = await acquire();
    await store.release(key, randomUUID());
    expectEqual(await store.find(key), inProgress);
    await store.release(key, fence);
    expectEqual(await store.find(key), undefined);
    const next = await acquire();
    // The same process holds it again, under another proof.
    await store.release(key, fence);
    expectEqual(await complete(fence, '"first"'), false);
    expectEqual(await complete(next, '"next"'), true);
  },

  'keeps keys apart, whatever they differ in': async ({ store, key, acquire }) => {
    const long = 'x'.repeat(2_000);
    const fences = new Map<string, string>();
    for (const end of ['', 'a', 'A', 'a ', 'a\u0000', 'ä', long, `${long}x`]) {
      fences.set(key + end, await acquire({ key: key + end, fingerprint: JSON.stringify(end) }));
    }
    for (const [one, fence] of fences) {
      for (const other of fences.values()) {
        if (other === fence) continue;
        const completion = { key: one, fence: other, response: '"other"', retentionMs: hourMs };
        expectEqual(await store.complete(completion), false);
        await store.release(one, other);
        break;
      }
      const fingerprint = JSON.stringify(one.slice(key.length));
      expectEqual(await store.find(one), { status: 'in-progress', fingerprint });
      const completion = { key: one, fence, response: `"${fence}"`, retentionMs: hourMs };
      expectEqual(await store.complete(completion), true);
      expectLike(await store.find(one), { response: `"${fence}"` });
    }
  },

  'keeps the records of services apart': async (trial) => {
    const { subject, elsewhere, store, key, request, complete, acquire } = trial;
    const here = await acquire();
    expectEqual(await elsewhere.find(key), undefined);
    const there = await elsewhere.acquire(request({ fingerprint: 'there' }));
    if (there.status !== 'acquired') throw new Error(`not acquired: ${there.status}`);
    expectEqual(await complete(there.fence, '"there"'), false);
    expectEqual(await complete(here, '"here"'), true);
    expectEqual(await elsewhere.find(key), { status: 'in-progress', fingerprint: 'there' });
    await elsewhere.release(key, there.fence);
    expectEqual(await elsewhere.find(key), undefined);
    expectEqual(await store.find(key), completed('"here"'));
    const next = trialOf(subject);
    await elsewhere.acquire(next.request());
    expectEqual(await store.find(next.key), undefined);
  },
};
