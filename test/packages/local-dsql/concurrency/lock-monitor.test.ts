import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Relations } from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import {
  arbiterOf,
  type Contender,
  createArbiter,
} from '../../../../packages/local-dsql/src/concurrency/lock-monitor.ts';
import type { Footprint } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

type Rows = readonly object[];

/** A catalog of one table. */
const catalogOf = (table: string): Rows => [
  { functions: [], tables: [table], keys: [{ table, columns: [] }], foreignKeys: [], views: [] },
];

const isCatalog = (sql: string): boolean => sql.includes('AS "foreignKeys"');

/**
 * An arbiter over a PostgreSQL that answers as a test says.
 *
 * @param blocking the processes that the given ones wait for
 */
const setUp = (
  blocking: (waiting: readonly number[]) => Promise<readonly number[]> = async () => [],
  catalog: () => Promise<Rows> = async () => catalogOf('account'),
) => {
  const log: string[] = [];
  const asked: (readonly number[])[] = [];
  const said = { keeping: async (_sql: string): Promise<Rows> => [{ id: 'kept' }] };
  const query = async (sql: string, parameters: readonly unknown[] = []) => {
    if (isCatalog(sql)) return { rows: await catalog() };
    const waiting = parameters[0] as readonly number[];
    asked.push(waiting);
    return { rows: (await blocking(waiting)).map((pid) => ({ pid })) };
  };
  const poolOf = (name: string, more: object) =>
    ({
      on: () => undefined,
      end: async () => void log.push(`${name} end`),
      ...more,
    }) as unknown as pg.Pool;
  const connect = async () => ({
    query: async (sql: string) => {
      log.push(sql);
      return { rows: await said.keeping(sql) };
    },
    release: (isBroken = false) => void log.push(isBroken ? 'broken' : 'free'),
  });
  const arbiter = createArbiter({
    lookups: poolOf('lookups', { query }),
    keepers: poolOf('keepers', { connect }),
    jobRunner: (onChange) => ({
      start: async () => onChange(),
      finish: async () => undefined,
      stop: async () => void log.push('jobs stop'),
    }),
  });
  const contender = (processId: number): Contender => {
    const one = { processId, yieldLocks: () => void log.push(`${processId} yields`) };
    arbiter.join(one);
    return one;
  };
  return { arbiter, asked, contender, log, said };
};

describe('an arbiter', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks whoever a statement waits for to yield, and nobody else', async () => {
    const { arbiter, asked, contender, log } = setUp(async () => [2, 9]);
    const [one] = [contender(1), contender(2), contender(3)];
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(3);
    expect([asked, log]).toEqual([[[1]], ['2 yields']]);
  });

  it('asks again as long as the statement is not answered', async () => {
    const { arbiter, contender, log } = setUp(async () => [2]);
    const [one] = [contender(1), contender(2)];
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(9);
    expect(log).toEqual(['2 yields', '2 yields', '2 yields']);
    arbiter.finished(one);
    await vi.advanceTimersByTimeAsync(9);
    expect(log).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(3);
    expect(log).toHaveLength(4);
  });

  it('looks for those alone whose statements take long', async () => {
    const { arbiter, asked, contender } = setUp();
    const [one, other] = [contender(1), contender(2)];
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(2);
    arbiter.started(other);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(3);
    expect(asked).toEqual([[1], [1, 2]]);
  });

  it('looks later when the statement that it was to look for has been answered', async () => {
    const { arbiter, asked, contender } = setUp();
    const [one, other] = [contender(1), contender(2)];
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(2);
    arbiter.finished(one);
    arbiter.started(other);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(3);
    expect(asked).toEqual([[2]]);
  });

  it('looks once at a time, and goes on when a look has failed', async () => {
    const looks = [
      Promise.withResolvers<readonly number[]>(),
      Promise.withResolvers<readonly number[]>(),
    ];
    let next = 0;
    const { arbiter, asked, contender, log } = setUp(
      () => looks[next++]?.promise ?? Promise.resolve([]),
    );
    const [one, other] = [contender(1), contender(2)];
    arbiter.started(one);
    await vi.advanceTimersByTimeAsync(3);
    arbiter.started(other);
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([[1]]);
    looks[0]?.reject(new Error('gone'));
    await vi.advanceTimersByTimeAsync(3);
    expect(asked).toEqual([[1], [1, 2]]);
    looks[1]?.resolve([2]);
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['2 yields']);
  });

  it('forgets who has left', async () => {
    const { arbiter, asked, contender, log } = setUp(async () => [2]);
    const [one, other] = [contender(1), contender(2)];
    arbiter.started(one);
    arbiter.started(other);
    arbiter.leave(other);
    await vi.advanceTimersByTimeAsync(3);
    expect([asked, log]).toEqual([[[1]], []]);
  });

  it('looks for nobody when it has stopped, and ends its connections', async () => {
    const { arbiter, asked, contender, log } = setUp();
    arbiter.started(contender(1));
    await arbiter.stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([]);
    expect(log.toSorted()).toEqual(['jobs stop', 'keepers end', 'lookups end']);
  });

  it('looks for nobody after the look that was under way when it has stopped', async () => {
    const { arbiter, asked, contender } = setUp();
    arbiter.started(contender(1));
    vi.advanceTimersByTime(3);
    await arbiter.stop();
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([[1]]);
  });
});

describe('a kept snapshot', () => {
  it('is taken over by a transaction that is open until it is released', async () => {
    const { arbiter, log } = setUp();
    const kept = await arbiter.keep('00000003-1');
    expect(kept.id).toBe('kept');
    expect(log).toEqual([
      'BEGIN ISOLATION LEVEL REPEATABLE READ',
      "SET TRANSACTION SNAPSHOT '00000003-1'",
      'SELECT pg_export_snapshot() AS id',
    ]);
    kept.release();
    await nextTurn();
    expect(log.slice(3)).toEqual(['ROLLBACK', 'free']);
  });

  it('leaves no connection in a transaction that cannot be ended', async () => {
    const { arbiter, log, said } = setUp();
    const kept = await arbiter.keep('00000003-1');
    said.keeping = () => Promise.reject(new Error('gone'));
    kept.release();
    await nextTurn();
    expect(log.slice(3)).toEqual(['ROLLBACK', 'broken']);
  });

  it('is refused when it is gone, with its connection', async () => {
    const { arbiter, log, said } = setUp();
    said.keeping = async (sql) => {
      if (sql.startsWith('SET')) throw new Error('invalid snapshot identifier');
      return [];
    };
    await expect(arbiter.keep('00000003-1')).rejects.toThrow('invalid snapshot identifier');
    expect(log.slice(2)).toEqual(['broken']);
  });
});

describe('the catalog of an arbiter', () => {
  /** Whether an insertion makes a key come to be, as it does in the tables that the catalog has. */
  const hasKey = (relations: Relations, table: string): boolean => {
    const nothing = {
      updated: new Map(),
      deleted: new Set(),
      locked: new Set(),
      called: new Set(),
    };
    const footprint = { ...nothing, inserted: new Set([table]), locksExclusively: false };
    return relations.reachOf(footprint as Footprint).arrived.has(table);
  };

  it('is read by itself, and once for all who wait for it', async () => {
    let reads = 0;
    const { arbiter } = setUp(undefined, async () => {
      reads += 1;
      return catalogOf('account');
    });
    expect(arbiter.relations()).toBeUndefined();
    const [one, other] = await Promise.all([arbiter.loadRelations(), arbiter.loadRelations()]);
    expect([other, arbiter.relations(), reads]).toEqual([one, one, 1]);
    expect(await arbiter.loadRelations()).toBe(one);
    expect(reads).toBe(1);
  });

  it('is read again when it has changed, also while it was read', async () => {
    const reads = [Promise.withResolvers<Rows>(), Promise.withResolvers<Rows>()];
    let next = 0;
    const { arbiter } = setUp(undefined, () => reads[next++]?.promise ?? Promise.resolve([]));
    const version = arbiter.catalogVersion();
    const loaded = arbiter.loadRelations();
    arbiter.catalogChanged();
    expect(arbiter.catalogVersion()).toBe(version + 1);
    reads[0]?.resolve(catalogOf('old'));
    await nextTurn();
    expect(next).toBe(2);
    expect(arbiter.relations()).toBeUndefined();
    reads[1]?.resolve(catalogOf('new'));
    const relations = await loaded;
    expect(arbiter.relations()).toBe(relations);
    expect([hasKey(relations, 'old'), hasKey(relations, 'new')]).toEqual([false, true]);
    arbiter.catalogChanged();
    expect(arbiter.relations()).toBeUndefined();
    expect(next).toBe(3);
  });

  it('has changed when a job has changed it', async () => {
    const { arbiter } = setUp();
    await arbiter.loadRelations();
    const version = arbiter.catalogVersion();
    await arbiter.startJobs();
    expect([arbiter.catalogVersion(), arbiter.relations()]).toEqual([version + 1, undefined]);
  });

  it('is read again after a failure', async () => {
    let reads = 0;
    const { arbiter } = setUp(undefined, async () => {
      reads += 1;
      if (reads === 1) throw new Error('gone');
      return catalogOf('account');
    });
    await expect(arbiter.loadRelations()).rejects.toThrow('gone');
    expect(await arbiter.loadRelations()).toBe(arbiter.relations());
    expect(reads).toBe(2);
  });
});

describe('the arbiter of a PostgreSQL', () => {
  it('is one for all who ask for it, and ends when the last of them has stopped it', async () => {
    // Nothing listens there: it is read in vain, and nobody waits for that.
    const postgres = {
      ...{ host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' },
      failed: new AbortController().signal,
      stop: async () => undefined,
    };
    const [first, second] = [arbiterOf(postgres), arbiterOf(postgres)];
    expect(second.commitLog).toBe(first.commitLog);
    await first.stop();
    const third = arbiterOf(postgres);
    expect(third.commitLog).toBe(second.commitLog);
    await Promise.all([second.stop(), third.stop()]);
    const next = arbiterOf(postgres);
    expect(next.commitLog).not.toBe(first.commitLog);
    await next.stop();
  });
});
