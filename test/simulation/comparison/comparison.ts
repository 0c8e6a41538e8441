import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MemoryDatabase, MemoryTransaction } from '../../../src/adapters/memory/index.ts';
import { disagreements, removedAgain } from './disagreements.ts';
import { type ComparedDsql, onNewSnapshot, startComparedDsql } from './local-dsql.ts';
import { type ComparedDatabase, type Played, play } from './play.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import { type SimulatedOptions, simulatedDatabase } from './simulated.ts';

/** Schedules take tens of milliseconds each; the machine may have much more to do. */
const timeoutMs = 600_000;

/** A planted difference is found long before. */
const plantedSchedules = 60;

/** Lets a transaction write over what others have committed since its snapshot. */
const withoutConflicts = (database: MemoryDatabase): MemoryDatabase => ({
  ...database,
  begin: () => {
    const transaction = database.begin();
    const writes: ((to: MemoryTransaction) => void)[] = [];
    const both = (write: (to: MemoryTransaction) => void): void => {
      writes.push(write);
      write(transaction);
    };
    return {
      ...transaction,
      put: (...row) => both((to) => to.put(...row)),
      remove: (...row) => both((to) => to.remove(...row)),
      violate: (error) => both((to) => to.violate(error)),
      commit: () => {
        const now = database.begin();
        for (const write of writes) write(now);
        now.commit();
      },
    };
  },
});

type Seen = Pick<Played, 'lines' | 'rows'>;

/** The part of a play that both databases must have in common. */
const seen = ({ lines, rows }: Played): Seen => ({ lines, rows });

/**
 * Plays schedules on the simulation's DSQL and on the local DSQL, and compares everything that the
 * clients see, and what is left at the end.
 *
 * @param seeds each gives a schedule
 */
export const describeComparison = (seeds: readonly number[]): void => {
  let dsql: ComparedDsql;
  let played = 0;

  beforeAll(async () => {
    dsql = await startComparedDsql();
  });

  afterAll(() => dsql.stop());

  const playBoth = async (
    schedule: Schedule,
    {
      real = dsql.database(),
      ...model
    }: SimulatedOptions & { readonly real?: ComparedDatabase } = {},
  ): Promise<{ readonly shown: Seen; readonly allowed: Seen }> => {
    played += 1;
    const prefix = `schedule-${played}/`;
    const shown = await play(schedule, real, prefix);
    const { answers, landings } = shown;
    const simulated = simulatedDatabase({ answers, landings, ...model });
    return { shown: seen(shown), allowed: seen(await play(schedule, simulated, prefix)) };
  };

  describe('the local DSQL shows nothing that the simulated one forbids', () => {
    it.each(disagreements)('$name', async (schedule) => {
      const { shown, allowed } = await playBoth(schedule);
      expect(shown).toEqual(allowed);
    });

    it(`in ${seeds.length} schedules`, { timeout: timeoutMs }, async () => {
      let lines = 0;
      for (const seed of seeds) {
        const schedule = scheduleOf(seed);
        const { shown, allowed } = await playBoth(schedule);
        expect({ seed, ...shown }).toEqual({ seed, ...allowed });
        lines += shown.lines.length;
      }
      expect(lines).toBeGreaterThan(seeds.length * 10);
    });

    it('but for a key that others have inserted and removed again', async () => {
      const isStrict = true;
      const { shown, allowed } = await playBoth(removedAgain, { isStrict });
      expect(shown.lines.slice(0, -1)).toContain('  0 inserts: committed {"a":1}');
      expect(allowed.lines).toContain('  0 is answered OC000');
    });
  });

  describe('a difference is found', () => {
    const differs = async (options: () => Parameters<typeof playBoth>[1]): Promise<boolean> => {
      for (let seed = 1; seed <= plantedSchedules; seed += 1) {
        const { shown, allowed } = await playBoth(scheduleOf(seed), options());
        if (JSON.stringify(shown) !== JSON.stringify(allowed)) return true;
      }
      return false;
    };

    it('where the model misses conflicts', { timeout: timeoutMs }, async () => {
      expect(await differs(() => ({ change: withoutConflicts }))).toBe(true);
    });

    it('where the local DSQL loses updates', { timeout: timeoutMs }, async () => {
      expect(await differs(() => ({ real: dsql.database(onNewSnapshot) }))).toBe(true);
    });

    it('where the model knows no catalog', { timeout: timeoutMs }, async () => {
      expect(await differs(() => ({ hasCatalog: false }))).toBe(true);
    });
  });
};
