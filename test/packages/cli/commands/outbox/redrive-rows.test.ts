import { describe, expect, it } from 'vitest';
import { redriveRows } from '../../../../../packages/cli/src/commands/outbox/redrive-rows.ts';

const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `row-${at}`);

/** Rows of the first part of the outbox that are dead. */
const deadRows = (count: number) => {
  const dead = new Set(idsOf(count));
  const pages: number[] = [];
  const warnings: string[] = [];
  const interruption = new AbortController();
  const deps = {
    inspection: {
      now: async () => new Date(0),
      deadIds: async (shard: number, _: Date, max: number) =>
        shard === 0 ? [...dead].slice(0, max) : [],
    },
    outbox: {
      redrive: async (ids: readonly string[]) => {
        pages.push(ids.length);
        for (const id of ids) dead.delete(id);
        return ids.length;
      },
    },
    terminal: {
      interrupted: interruption.signal,
      warn: (line: string) => void warnings.push(line),
    },
  };
  return { dead, pages, warnings, interruption, deps };
};

describe('a redrive of dead rows', () => {
  it('takes all that are dead, in pages', async () => {
    const { deps, dead, pages } = deadRows(250);
    expect(await redriveRows({ ...deps, rate: 1_000_000 }, 'dead')).toBe(250);
    expect(pages).toEqual([100, 100, 50]);
    expect(dead.size).toBe(0);
  });

  it('ends where a page of rows cannot be changed', async () => {
    const { deps } = deadRows(100);
    let asked = 0;
    const redrive = async () => {
      asked += 1;
      return 0;
    };
    expect(await redriveRows({ ...deps, outbox: { redrive }, rate: 1_000_000 }, 'dead')).toBe(0);
    expect(asked).toBe(1);
  });

  it('keeps to its rate for ids too', async () => {
    const { deps, pages } = deadRows(5);
    const startedAt = performance.now();
    expect(await redriveRows({ ...deps, rate: 1_000 }, idsOf(250))).toBe(250);
    expect(pages).toEqual([100, 100, 50]);
    // The second and the third page wait for 100 ms each; timers may be a little early.
    expect(performance.now() - startedAt).toBeGreaterThan(190);
  });

  it('says how many it has done when it is interrupted', async () => {
    const { deps, warnings, interruption } = deadRows(250);
    const redrive = async (ids: readonly string[]) => {
      interruption.abort(new Error('interrupted'));
      return ids.length;
    };
    const done = redriveRows({ ...deps, outbox: { redrive }, rate: 100 }, 'dead');
    await expect(done).rejects.toThrow('interrupted');
    expect(warnings).toEqual(['interrupted: 100 events redriven, the others are dead still']);
  });
});
