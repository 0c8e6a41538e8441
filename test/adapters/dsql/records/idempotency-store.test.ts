import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDsqlIdempotencyStore } from '../../../../src/adapters/dsql/index.ts';
import type { FlightResult } from '../../../../src/adapters/dsql/wire/statement.ts';
import { responseBytesMax } from '../../../../src/domain/kernel/index.ts';
import { answered, answeringPool, type Sent, unanswered } from '../../../support/answering-pool.ts';

const startsAt = Date.parse('2026-01-01T00:00:00Z');

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: startsAt });
  // No wait between two attempts.
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const storeOver = (answer: (one: Sent) => FlightResult, schema = 's') => {
  const { pool, sent } = answeringPool(answer);
  return { store: createDsqlIdempotencyStore(pool, { schema }), sent };
};

/** Each step fails after so many milliseconds. */
const failingAfter = (ms: number) =>
  storeOver(() => {
    vi.setSystemTime(Date.now() + ms);
    return unanswered;
  });

/** How long each step was tried, in milliseconds after the start. */
const untilOf = (sent: readonly Sent[]): readonly number[] =>
  sent.map(({ deadline, waitedUntil }) => Math.max(deadline, waitedUntil) - startsAt);

const request = { key: 'k', fingerprint: 'f', leaseMs: 60_000 };
const completion = { key: 'k', fence: 'a', response: '1', retentionMs: 1_000 };

describe('a step of a lease', () => {
  it.each([
    ['a long lease', 60_000, 10_000],
    ['a lease of five seconds', 5_000, 5_000],
    ['a lease of a moment', 1, 3_000],
  ])('is tried no longer than that lasts, or three seconds: %s', async (_, leaseMs, until) => {
    const { store, sent } = storeOver(() => answered([{ key: 'k' }]));
    await store.acquire({ ...request, leaseMs });
    expect(untilOf(sent)).toEqual([until]);
  });

  it.each([
    ['no deadline', undefined, 10_000],
    ['a deadline in five seconds', 5_000, 5_000],
    ['a deadline in a minute', 60_000, 10_000],
    ['a deadline that has passed', -60_000, 3_000],
  ])('that completes has ten seconds at most: %s', async (_, ms, until) => {
    const { store, sent } = storeOver(() => answered(1));
    const deadline = ms === undefined ? {} : { deadline: startsAt + ms };
    expect(await store.complete({ ...completion, ...deadline })).toBe(true);
    expect(untilOf(sent)).toEqual([until]);
  });

  it('that finds is tried for ten seconds', async () => {
    const { store, sent } = storeOver(() => answered([]));
    expect(await store.find('k')).toBeUndefined();
    expect(untilOf(sent)).toEqual([10_000]);
  });

  it('that gives back is tried for two seconds: the lease ends by itself', async () => {
    const { store, sent } = storeOver(() => answered(0));
    await store.release('k', 'a');
    expect(untilOf(sent)).toEqual([2_000]);
  });

  it.each([
    ['acquires', 10_000, 3, 'OutcomeUnknown'],
    ['completes', 30_000, 8, 'OutcomeUnknown'],
    ['finds', 10_000, 3, 'Unavailable'],
    ['gives back', 2_000, 1, 'OutcomeUnknown'],
  ])('that %s without an answer is sent again for %i ms', async (what, until, times, kind) => {
    const { store, sent } = failingAfter(4_000);
    const steps: Readonly<Record<string, () => Promise<unknown>>> = {
      acquires: () => store.acquire(request),
      completes: () => store.complete({ ...completion, deadline: startsAt + 30_000 }),
      finds: () => store.find('k'),
      'gives back': () => store.release('k', 'a'),
    };
    await expect(steps[what]?.()).rejects.toMatchObject({ kind });
    expect(sent).toHaveLength(times);
    expect(new Set(sent.map(({ sql }) => sql)).size).toBe(1);
    expect(Math.max(...untilOf(sent))).toBe(until);
  });

  it('that looks whether a completion is known writes nothing, and has the same time', async () => {
    const { store, sent } = storeOver(({ sql }) => {
      if (sql.startsWith('UPDATE')) return answered(0);
      vi.setSystemTime(Date.now() + 11_000);
      return unanswered;
    });
    await expect(store.complete(completion)).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(untilOf(sent)).toEqual([10_000, 10_000]);
  });
});

describe('a response that no store could hold', () => {
  it('is refused before anything is sent', async () => {
    const { store, sent } = storeOver(() => answered(1));
    const response = `"${'x'.repeat(responseBytesMax)}"`;
    const completed = store.complete({ ...completion, response });
    await expect(completed).rejects.toMatchObject({ kind: 'InvalidInput' });
    expect(sent).toEqual([]);
  });
});

describe('a key that is taken each time and free when it is looked at', () => {
  it('is asked for five times under one proof, and is a conflict then', async () => {
    const { store, sent } = storeOver(() => answered([]));
    const asked = store.acquire({ ...request, key: 'the key' });
    await expect(asked).rejects.toMatchObject({
      kind: 'Conflict',
      message: expect.stringContaining('the key'),
    });
    const firstWords = sent.map(({ sql }) => sql.slice(0, 6));
    expect(firstWords).toEqual(Array.from({ length: 5 }, () => ['INSERT', 'SELECT']).flat());
    const fences = sent.flatMap(({ sql, parameters }) =>
      sql.startsWith('INSERT') ? [parameters[2]] : [],
    );
    expect(new Set(fences).size).toBe(1);
  });

  it('is given as soon as it is free', async () => {
    let asked = 0;
    const { store } = storeOver(({ sql }) => {
      if (!sql.startsWith('INSERT')) return answered([]);
      asked += 1;
      return answered(asked === 5 ? [{ key: 'k' }] : []);
    });
    expect(await store.acquire(request)).toMatchObject({ status: 'acquired' });
  });
});

describe('a schema with a name that needs quotes', () => {
  it('is quoted in each statement', async () => {
    const { store, sent } = storeOver(() => answered(0), 'a"b');
    await store.find('k');
    await store.complete(completion);
    await store.release('k', 'a');
    await store.acquire(request).catch(() => undefined);
    expect(new Set(sent.map(({ sql }) => sql)).size).toBe(5);
    for (const { sql } of sent) expect(sql).toContain(' "a""b".idempotency');
  });
});
