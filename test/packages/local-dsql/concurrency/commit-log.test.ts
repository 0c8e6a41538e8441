import { describe, expect, it } from 'vitest';
import { emptyReach } from '../../../../packages/local-dsql/src/concurrency/access-sets.ts';
import { createCommitLog } from '../../../../packages/local-dsql/src/concurrency/commit-log.ts';

const reach = (change: Partial<ReturnType<typeof emptyReach>>) => ({ ...emptyReach(), ...change });
const keys = reach({ arrived: new Set(['account']) });

describe('the commit log', () => {
  it('tells of a commit those that are older, and nobody younger', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.settled(true);
    expect(older.since()).toHaveLength(1);
    expect(log.open().since()).toEqual([]);
  });

  it('tells nobody of a commit that has failed', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.settled(false);
    expect(older.since()).toEqual([]);
  });

  it('tells everybody of one on its way, and of its writes only that long', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(reach({ touched: new Set(['account']) }));
    expect(older.since()).toMatchObject([{ writing: new Set(['account']) }]);
    expect(log.open().since()).toHaveLength(1);
    one.settled(true);
    expect(older.since()).toEqual([]);
  });

  it('keeps both of two transactions that one unit commits, until they are settled', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    one.commit(reach({ left: new Set(['account']) }));
    expect(older.since()).toHaveLength(2);
    expect(one.since()).toEqual([]);
    one.settled(true);
    expect(older.since()).toHaveLength(2);
    expect(log.open().since()).toEqual([]);
  });

  it('tells nobody of a commit that left nothing to know', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(emptyReach(), []);
    expect(older.since()).toEqual([]);
    one.settled(true);
    expect(older.since()).toEqual([]);
  });

  it.each(['arrived', 'left', 'locked'] as const)(
    'tells of what has %s when it is settled',
    (part) => {
      const log = createCommitLog();
      const older = log.open();
      const one = log.open();
      one.commit(reach({ [part]: new Set(['account']) }));
      one.settled(true);
      const name = part === 'locked' ? 'lockedTables' : part;
      expect(older.since()).toMatchObject([{ locks: [], [name]: new Set(['account']) }]);
    },
  );

  it('tells of the rows that somebody has looked at instead of their tables', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    const row = { relation: '7', tid: '(0,1)', mode: 'For Update' };
    const tables = new Set(['account']);
    one.commit(reach({ locked: tables, touched: tables }), [row]);
    expect(older.since()).toMatchObject([
      { locks: [row], lockedTables: new Set(), writing: new Set() },
    ]);
    one.settled(true);
    expect(older.since()).toMatchObject([{ locks: [row], lockedTables: new Set() }]);
  });

  it('tells of a commit those that began between it and an earlier one, and no younger ones', () => {
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
    expect([oldest, middle, youngest].map((one) => one.since().length)).toEqual([2, 1, 0]);
    oldest.settled(true);
    commit();
    expect([middle, youngest].map((one) => one.since().length)).toEqual([2, 1]);
  });

  it('counts no time for a transaction that leaves nothing', () => {
    const log = createCommitLog();
    const older = log.open();
    const one = log.open();
    one.commit(keys);
    log.open().settled(true);
    const beside = log.open();
    one.settled(true);
    expect([older, beside].map((each) => each.since().length)).toEqual([1, 1]);
  });

  it('knows who has company, until that is settled', () => {
    const log = createCommitLog();
    const one = log.open();
    expect(one.hasCompany()).toBe(false);
    const other = log.open();
    expect([one.hasCompany(), other.hasCompany()]).toEqual([true, true]);
    other.settled(true);
    expect(one.hasCompany()).toBe(false);
  });

  it('knows who meets locks of others, and not those of its own', () => {
    const log = createCommitLog();
    const [one, other] = [log.open(), log.open()];
    one.lock();
    expect([one.meetsLocks(), other.meetsLocks()]).toEqual([false, true]);
    other.lock();
    expect([one.meetsLocks(), other.meetsLocks()]).toEqual([true, true]);
    one.settled(true);
    expect(other.meetsLocks()).toBe(false);
  });
});
