import { setImmediate as nextTurn } from 'node:timers/promises';
import type pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { TableGraph } from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import {
  createLockMonitor,
  lockMonitorOf,
  type MonitoredSession,
} from '../../../../packages/local-dsql/src/concurrency/lock-monitor.ts';
import type { StatementAccess } from '../../../../packages/local-dsql/src/statements/statement-access.ts';

type Rows = readonly object[];

/** A catalog of one table. */
const catalogOf = (table: string): Rows => [
  { functions: [], tables: [table], keys: [{ table, columns: [] }], foreignKeys: [], views: [] },
];

const isCatalog = (sql: string): boolean => sql.includes('AS "foreignKeys"');

/**
 * A lock monitor over a PostgreSQL that answers as a test says.
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
  const lockMonitor = createLockMonitor({
    lookupPool: poolOf('lookupPool', { query }),
    snapshotPool: poolOf('snapshotPool', { connect }),
    jobRunner: (onChange) => ({
      start: async () => onChange(),
      finish: async () => undefined,
      stop: async () => void log.push('jobs stop'),
    }),
  });
  const monitored = (processId: number): MonitoredSession => {
    const one = { processId, yieldLocks: () => void log.push(`${processId} yields`) };
    lockMonitor.join(one);
    return one;
  };
  return { lockMonitor, asked, monitored, log, said };
};

describe('a lock monitor', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('asks the session that a statement waits for to yield, and no other', async () => {
    const { lockMonitor, asked, monitored, log } = setUp(async () => [2, 9]);
    const [one] = [monitored(1), monitored(2), monitored(3)];
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(3);
    expect([asked, log]).toEqual([[[1]], ['2 yields']]);
  });

  it('asks again as long as the statement is not answered', async () => {
    const { lockMonitor, monitored, log } = setUp(async () => [2]);
    const [one] = [monitored(1), monitored(2)];
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(9);
    expect(log).toEqual(['2 yields', '2 yields', '2 yields']);
    lockMonitor.finished(one);
    await vi.advanceTimersByTimeAsync(9);
    expect(log).toHaveLength(3);
    expect(vi.getTimerCount()).toBe(0);
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(3);
    expect(log).toHaveLength(4);
  });

  it('looks up only statements that take long', async () => {
    const { lockMonitor, asked, monitored } = setUp();
    const [one, other] = [monitored(1), monitored(2)];
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(2);
    lockMonitor.started(other);
    await vi.advanceTimersByTimeAsync(1);
    expect(asked).toEqual([[1]]);
    await vi.advanceTimersByTimeAsync(3);
    expect(asked).toEqual([[1], [1, 2]]);
  });

  it('looks later when the statement that it was to look up has been answered', async () => {
    const { lockMonitor, asked, monitored } = setUp();
    const [one, other] = [monitored(1), monitored(2)];
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(2);
    lockMonitor.finished(one);
    lockMonitor.started(other);
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
    const { lockMonitor, asked, monitored, log } = setUp(
      () => looks[next++]?.promise ?? Promise.resolve([]),
    );
    const [one, other] = [monitored(1), monitored(2)];
    lockMonitor.started(one);
    await vi.advanceTimersByTimeAsync(3);
    lockMonitor.started(other);
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([[1]]);
    looks[0]?.reject(new Error('gone'));
    await vi.advanceTimersByTimeAsync(3);
    expect(asked).toEqual([[1], [1, 2]]);
    looks[1]?.resolve([2]);
    await vi.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['2 yields']);
  });

  it('forgets sessions that have left', async () => {
    const { lockMonitor, asked, monitored, log } = setUp(async () => [2]);
    const [one, other] = [monitored(1), monitored(2)];
    lockMonitor.started(one);
    lockMonitor.started(other);
    lockMonitor.leave(other);
    await vi.advanceTimersByTimeAsync(3);
    expect([asked, log]).toEqual([[[1]], []]);
  });

  it('looks up nothing when it has stopped, and ends its connections', async () => {
    const { lockMonitor, asked, monitored, log } = setUp();
    lockMonitor.started(monitored(1));
    await lockMonitor.stop();
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([]);
    expect(log.toSorted()).toEqual(['jobs stop', 'lookupPool end', 'snapshotPool end']);
  });

  it('looks up nothing after the look-up that was under way when it has stopped', async () => {
    const { lockMonitor, asked, monitored } = setUp();
    lockMonitor.started(monitored(1));
    vi.advanceTimersByTime(3);
    await lockMonitor.stop();
    await vi.advanceTimersByTimeAsync(30);
    expect(asked).toEqual([[1]]);
  });
});

describe('a kept snapshot', () => {
  it('is taken over by a transaction that is open until it is released', async () => {
    const { lockMonitor, log } = setUp();
    const kept = await lockMonitor.keepSnapshot('00000003-1');
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
    const { lockMonitor, log, said } = setUp();
    const kept = await lockMonitor.keepSnapshot('00000003-1');
    said.keeping = () => Promise.reject(new Error('gone'));
    kept.release();
    await nextTurn();
    expect(log.slice(3)).toEqual(['ROLLBACK', 'broken']);
  });

  it('is refused when it is gone, with its connection', async () => {
    const { lockMonitor, log, said } = setUp();
    said.keeping = async (sql) => {
      if (sql.startsWith('SET')) throw new Error('invalid snapshot identifier');
      return [];
    };
    await expect(lockMonitor.keepSnapshot('00000003-1')).rejects.toThrow(
      'invalid snapshot identifier',
    );
    expect(log.slice(2)).toEqual(['broken']);
  });
});

describe('the catalog of a lock monitor', () => {
  /** Whether an insertion makes a key come to be, as it does in the tables that the catalog has. */
  const hasKey = (tableGraph: TableGraph, table: string): boolean => {
    const nothing = {
      updated: new Map(),
      deleted: new Set(),
      locked: new Set(),
      called: new Set(),
    };
    const access = { ...nothing, inserted: new Set([table]), locksForUpdate: false };
    return tableGraph.accessSetsOf(access as StatementAccess).addedKeys.has(table);
  };

  it('is read without being asked for, and once for all callers that wait for it', async () => {
    let reads = 0;
    const { lockMonitor } = setUp(undefined, async () => {
      reads += 1;
      return catalogOf('account');
    });
    expect(lockMonitor.tableGraph()).toBeUndefined();
    const [one, other] = await Promise.all([
      lockMonitor.loadTableGraph(),
      lockMonitor.loadTableGraph(),
    ]);
    expect([other, lockMonitor.tableGraph(), reads]).toEqual([one, one, 1]);
    expect(await lockMonitor.loadTableGraph()).toBe(one);
    expect(reads).toBe(1);
  });

  it('is read again when it has changed, also while it was read', async () => {
    const reads = [Promise.withResolvers<Rows>(), Promise.withResolvers<Rows>()];
    let next = 0;
    const { lockMonitor } = setUp(undefined, () => reads[next++]?.promise ?? Promise.resolve([]));
    const version = lockMonitor.catalogVersion();
    const loaded = lockMonitor.loadTableGraph();
    lockMonitor.catalogChanged();
    expect(lockMonitor.catalogVersion()).toBe(version + 1);
    reads[0]?.resolve(catalogOf('old'));
    await nextTurn();
    expect(next).toBe(2);
    expect(lockMonitor.tableGraph()).toBeUndefined();
    reads[1]?.resolve(catalogOf('new'));
    const tableGraph = await loaded;
    expect(lockMonitor.tableGraph()).toBe(tableGraph);
    expect([hasKey(tableGraph, 'old'), hasKey(tableGraph, 'new')]).toEqual([false, true]);
    lockMonitor.catalogChanged();
    expect(lockMonitor.tableGraph()).toBeUndefined();
    expect(next).toBe(3);
  });

  it('has changed when a job has changed it', async () => {
    const { lockMonitor } = setUp();
    await lockMonitor.loadTableGraph();
    const version = lockMonitor.catalogVersion();
    await lockMonitor.startJobs();
    expect([lockMonitor.catalogVersion(), lockMonitor.tableGraph()]).toEqual([
      version + 1,
      undefined,
    ]);
  });

  it('is read again after a failure', async () => {
    let reads = 0;
    const { lockMonitor } = setUp(undefined, async () => {
      reads += 1;
      if (reads === 1) throw new Error('gone');
      return catalogOf('account');
    });
    await expect(lockMonitor.loadTableGraph()).rejects.toThrow('gone');
    expect(await lockMonitor.loadTableGraph()).toBe(lockMonitor.tableGraph());
    expect(reads).toBe(2);
  });
});

describe('the lock monitor of a PostgreSQL', () => {
  it('is one for all who ask for it, and ends when the last of them has stopped it', async () => {
    // Nothing listens there: it is read in vain, and nobody waits for that.
    const postgres = {
      ...{ host: '127.0.0.1', port: 1, user: 'u', password: 'p', database: 'd' },
      failed: new AbortController().signal,
      stop: async () => undefined,
    };
    const [first, second] = [lockMonitorOf(postgres), lockMonitorOf(postgres)];
    expect(second.commitLog).toBe(first.commitLog);
    await first.stop();
    const third = lockMonitorOf(postgres);
    expect(third.commitLog).toBe(second.commitLog);
    await Promise.all([second.stop(), third.stop()]);
    const next = lockMonitorOf(postgres);
    expect(next.commitLog).not.toBe(first.commitLog);
    await next.stop();
  });
});
