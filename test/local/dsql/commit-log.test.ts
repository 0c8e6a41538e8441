import { describe, expect, it } from 'vitest';
import { createCommitLog } from '../../../local/dsql/commit-log.ts';
import { emptyReach } from '../../../local/dsql/relations.ts';

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
});
