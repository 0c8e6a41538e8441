import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { untilNoConflict } from '../../../../src/adapters/dsql/transaction/conflict-retry.ts';
import {
  Conflict,
  OutcomeUnknown,
  type Retry,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';

const dataConflict = new Conflict('lost');
const schemaConflict = new Conflict('schema has changed', { over: 'schema' });

/** An attempt that meets these before it succeeds. */
const meeting = (...errors: readonly Error[]) => {
  const attempts: number[] = [];
  const attempt = async (): Promise<string> => {
    attempts.push(Date.now());
    const error = errors[attempts.length - 1];
    if (error) throw error;
    return 'done';
  };
  return { attempts, attempt };
};

describe('running again until there is no conflict', () => {
  beforeEach(() => {
    // The clock stands, so that each attempt is shorter than it can see.
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.spyOn(Math, 'random').mockReturnValue(1);
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('waits for a millisecond, then for two, four … windows', async () => {
    const { attempt, attempts } = meeting(dataConflict, dataConflict, dataConflict);
    const told: Retry[] = [];
    const answer = await untilNoConflict(attempt, Date.now() + 1_000, (retry) => told.push(retry));
    expect(answer).toBe('done');
    expect(attempts).toHaveLength(4);
    expect(told).toEqual([
      { attempt: 1, fault: dataConflict, waitMs: 1 },
      { attempt: 2, fault: dataConflict, waitMs: 2 },
      { attempt: 3, fault: dataConflict, waitMs: 4 },
    ]);
  });

  it('needs nobody to be told', async () => {
    const { attempt, attempts } = meeting(dataConflict);
    expect(await untilNoConflict(attempt, Date.now() + 1_000)).toBe('done');
    expect(attempts).toHaveLength(2);
  });

  it('takes an attempt for a window as long as it was', async () => {
    const { attempt } = meeting(dataConflict);
    const slow = () => {
      vi.setSystemTime(Date.now() + 7);
      return attempt();
    };
    const told: Retry[] = [];
    await untilNoConflict(slow, Date.now() + 1_000, (retry) => told.push(retry));
    expect(told).toMatchObject([{ waitMs: 7 }]);
  });

  it('does not wait for a session that knows the new schema now, the first time', async () => {
    const { attempt } = meeting(schemaConflict, schemaConflict);
    const told: Retry[] = [];
    await untilNoConflict(attempt, Date.now() + 1_000, (retry) => told.push(retry));
    expect(told).toMatchObject([{ waitMs: 0 }, { waitMs: 2 }]);
  });

  it('waits after a conflict over data, the first one too', async () => {
    const { attempt } = meeting(dataConflict, schemaConflict);
    const told: Retry[] = [];
    await untilNoConflict(attempt, Date.now() + 1_000, (retry) => told.push(retry));
    expect(told).toMatchObject([{ waitMs: 1 }, { waitMs: 2 }]);
  });

  it.each([new OutcomeUnknown('lost'), new Unavailable('away'), new Error('anything')])(
    'leaves every other failure to the caller: $name',
    async (error) => {
      const { attempt, attempts } = meeting(error);
      await expect(untilNoConflict(attempt, Date.now() + 1_000)).rejects.toBe(error);
      expect(attempts).toHaveLength(1);
    },
  );

  it('ends with its conflict when the wait would end at the deadline', async () => {
    const { attempt, attempts } = meeting(dataConflict, dataConflict);
    const told: Retry[] = [];
    const run = untilNoConflict(attempt, Date.now() + 2, (retry) => told.push(retry));
    await expect(run).rejects.toBe(dataConflict);
    expect(attempts).toHaveLength(2);
    expect(told).toHaveLength(1);
  });
});
