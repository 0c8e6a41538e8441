import { randomUUID } from 'node:crypto';
import { responseBytesMax } from '../../../domain/kernel/index.ts';
import { expectEqual, expectLike, expectRejection } from '../expectations.ts';
import {
  completed,
  hourMs,
  inProgress,
  minuteMs,
  type StoreChecks,
  trialOf,
} from './store-trial.ts';

/** Texts that a column, a driver or a parser of JSON may change. */
const trickyTexts = [
  '',
  ' a ',
  '1.10',
  'é',
  'e\u0301',
  '😀',
  '\u0000',
  '\ud800',
  '"',
  '\\',
  "'$1'",
];

/** Values of which the same holds. */
const trickyValues = ['-0', '1.10', '1e3', '12345678901234567890', 'null', '[]', '{}', '[[1, 2]]'];

const trickyResponses: readonly string[] = [
  ...trickyTexts.map((text) => JSON.stringify({ b: text, a: [text], 2: 'first' })),
  ...trickyValues.map((value) => `{"b": ${value}, "a":${value}, "b":${value} }`),
];

/** Which responses are kept, and for how long. */
export const responseChecks: StoreChecks = {
  'keeps the response as it was written, byte for byte': async ({
    store,
    key,
    request,
    complete,
    acquire,
  }) => {
    const response = '{"b":1,"a":[1.50,"é"]}';
    expectEqual(await complete(await acquire(), response), true);
    expectEqual(await store.acquire(request()), completed(response));
    expectEqual(await store.acquire(request({ fingerprint: 'other' })), completed(response));
    expectEqual(await store.find(key), completed(response));
  },

  'keeps a response of 1 MiB in UTF-8, refuses a larger one, and leaves the key taken': async ({
    subject,
  }) => {
    for (const letter of ['x', '漢']) {
      const { store, key, complete, acquire } = trialOf(subject);
      const fence = await acquire();
      const count = Math.floor((responseBytesMax - 2) / Buffer.byteLength(letter));
      const text = letter.repeat(count);
      const response = `"${text.padEnd(count + responseBytesMax - 2 - Buffer.byteLength(text))}"`;
      expectEqual(Buffer.byteLength(response), responseBytesMax);
      const tooLarge = complete(fence, `${response} `);
      await expectRejection(tooLarge, 'InvalidInput');
      expectEqual(await store.find(key), inProgress);
      expectEqual(await complete(fence, response), true);
      expectLike(await store.find(key), { response });
    }
  },

  'stores the response of work that has outlived its lease, if nobody took the key': async ({
    store,
    advance,
    key,
    request,
    complete,
    acquire,
  }) => {
    const fence = await acquire();
    await advance(2 * hourMs);
    expectEqual(await complete(fence, '"late"'), true);
    expectEqual(await store.find(key), completed('"late"'));
    expectEqual(await store.acquire(request()), completed('"late"'));
  },

  'stores a response although the time to do it is over': async ({ store, key, acquire }) => {
    const fence = await acquire();
    const completion = { key, fence, response: '"done"', retentionMs: hourMs };
    expectEqual(await store.complete({ ...completion, deadline: Date.now() - minuteMs }), true);
    expectEqual(await store.find(key), completed('"done"'));
  },

  'knows a completion that its owner repeats, and keeps the first response': async ({
    store,
    key,
    complete,
    acquire,
  }) => {
    const fence = await acquire();
    for (const response of ['"done"', '"done"', '"other"']) {
      expectEqual(await complete(fence, response), true);
    }
    expectEqual(await store.find(key), completed('"done"'));
    await store.release(key, fence);
    expectEqual(await complete(randomUUID(), '"done"'), false);
  },

  'keeps a response no longer for a completion that is repeated': async ({
    store,
    advance,
    key,
    complete,
    acquire,
  }) => {
    const fence = await acquire();
    await complete(fence, '"done"');
    await advance(hourMs - minuteMs);
    expectEqual(await complete(fence, '"done"', 2 * hourMs), true);
    await advance(minuteMs);
    expectEqual(await store.find(key), undefined);
  },

  'knows no completion of an owner whose key another one has taken since': async ({
    store,
    advance,
    key,
    complete,
    acquire,
  }) => {
    const first = await acquire();
    expectEqual(await complete(first, '"first"'), true);
    await advance(hourMs);
    const second = await acquire();
    expectEqual(await complete(first, '"first"'), false);
    expectEqual(await store.find(key), inProgress);
    expectEqual(await complete(second, '"second"'), true);
    expectEqual(await complete(first, '"first"'), false);
    expectEqual(await store.find(key), completed('"second"'));
  },

  'stores nothing for a key that nobody has taken': async ({ store, key, complete, acquire }) => {
    expectEqual(await complete(randomUUID(), '"done"'), false);
    expectEqual(await store.find(key), undefined);
    const fence = await acquire();
    await store.release(key, fence);
    expectEqual(await complete(fence, '"done"'), false);
    expectEqual(await store.find(key), undefined);
    await store.release(key, fence);
  },

  'keeps a completed record when its owner gives the key back': async ({
    store,
    key,
    request,
    complete,
    acquire,
  }) => {
    const fence = await acquire();
    await complete(fence, '"done"');
    await store.release(key, fence);
    expectEqual(await store.find(key), completed('"done"'));
    expectEqual(await store.acquire(request()), completed('"done"'));
  },

  'keeps a response for its retention, which begins when the work is done': async ({
    subject,
    advance,
  }) => {
    for (const retentionMs of [hourMs, 3 * hourMs]) {
      const { store, key, request, complete, acquire } = trialOf(subject);
      const fence = await acquire({ leaseMs: 2 * hourMs });
      await advance(hourMs + minuteMs);
      expectEqual(await complete(fence, '"done"', retentionMs), true);
      await advance(retentionMs - minuteMs);
      expectEqual(await store.find(key), completed('"done"'));
      expectEqual(await store.acquire(request()), completed('"done"'));
      await advance(minuteMs);
      expectEqual(await store.find(key), undefined);
      await acquire();
      expectEqual(await store.find(key), inProgress);
    }
  },

  'keeps any response byte for byte, whatever its texts, numbers and order of keys': async ({
    subject,
  }) => {
    for (const response of trickyResponses) {
      const { store, key, complete, acquire } = trialOf(subject);
      await complete(await acquire(), response);
      expectEqual(await store.find(key), completed(response));
    }
  },
};
