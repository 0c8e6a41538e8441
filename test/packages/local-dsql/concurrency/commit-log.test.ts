import { describe, expect, it } from 'vitest';
import { emptyAccessSets } from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import { createCommitLog } from '../../../../packages/local-dsql/src/concurrency/commit-log.ts';

const accessSets = (change: Partial<ReturnType<typeof emptyAccessSets>>) => ({
  ...emptyAccessSets(),
  ...change,
});
const keys = accessSets({ addedKeys: new Set(['account']) });

describe('the commit log', () => {
  it('shows a commit to older transactions, and to no younger one', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.settled(true);
    expect(older.committedSince()).toHaveLength(1);
    expect(log.open().committedSince()).toEqual([]);
  });

  it('shows no commit that has failed', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.settled(false);
    expect(older.committedSince()).toEqual([]);
  });

  it('shows a commit that is not answered to every transaction, with its writes', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(accessSets({ touched: new Set(['account']) }));
    expect(older.committedSince()).toMatchObject([{ writing: new Set(['account']) }]);
    expect(log.open().committedSince()).toHaveLength(1);
    one.settled(true);
    expect(older.committedSince()).toEqual([]);
  });

  it('keeps both of two transactions that one sync batch commits, until they are settled', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.commit(accessSets({ removedKeys: new Set(['account']) }));
    expect(older.committedSince()).toHaveLength(2);
    expect(one.committedSince()).toEqual([]);
    one.settled(true);
    expect(older.committedSince()).toHaveLength(2);
    expect(log.open().committedSince()).toEqual([]);
  });

  it('shows no commit without locks, keys and writes', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(emptyAccessSets(), []);
    expect(older.committedSince()).toEqual([]);
    one.settled(true);
    expect(older.committedSince()).toEqual([]);
  });

  it.each(['addedKeys', 'removedKeys', 'locked'] as const)(
    'tells of what has %s when it is settled',
    (part) => {
      const log = createCommitLog();
      const older = log.open();
      const one = log.open();
      one.commit(accessSets({ [part]: new Set(['account']) }));
      one.settled(true);
      const name = part === 'locked' ? 'lockedTables' : part;
      expect(older.committedSince()).toMatchObject([{ locks: [], [name]: new Set(['account']) }]);
    },
  );

  it('shows locked rows that were looked up instead of their tables', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    const row = { relation: '7', tid: '(0,1)', mode: 'For Update' };
    const tables = new Set(['account']);
    one.commit(accessSets({ locked: tables, touched: tables }), [row]);
    expect(older.committedSince()).toMatchObject([
      { locks: [row], lockedTables: new Set(), writing: new Set() },
    ]);
    one.settled(true);
    expect(older.committedSince()).toMatchObject([{ locks: [row], lockedTables: new Set() }]);
  });

  it('shows a commit to those that began between it and an earlier one, and to no younger ones', () => {
    const log = createCommitLog();
    const commit = () => {
      const one = log.open();
      one.commit(keys);
      one.settled(true);
    };
    const oldest = log.open();
    commit();
    const middle = log.open();
    commit();
    const youngest = log.open();
    expect([oldest, middle, youngest].map((one) => one.committedSince().length)).toEqual([2, 1, 0]);
    oldest.settled(true);
    commit();
    expect([middle, youngest].map((one) => one.committedSince().length)).toEqual([2, 1]);
  });

  it('counts no time for a transaction that leaves no entry', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    log.open().settled(true);
    const beside = log.open();
    one.settled(true);
    expect([older, beside].map((each) => each.committedSince().length)).toEqual([1, 1]);
  });

  it('knows which transaction has a concurrent one, until that is settled', () => {
    const log = createCommitLog();
    const one = log.open();
    expect(one.hasConcurrent()).toBe(false);
    const other = log.open();
    expect([one.hasConcurrent(), other.hasConcurrent()]).toEqual([true, true]);
    other.settled(true);
    expect(one.hasConcurrent()).toBe(false);
  });

  it('knows which transaction may meet locks of others, not counting its own', () => {
    const log = createCommitLog();
    const [one, other] = [log.open(), log.open()];
    one.mayLock();
    expect([one.othersMayLock(), other.othersMayLock()]).toEqual([false, true]);
    other.mayLock();
    expect([one.othersMayLock(), other.othersMayLock()]).toEqual([true, true]);
    one.settled(true);
    expect(other.othersMayLock()).toBe(false);
  });
});
