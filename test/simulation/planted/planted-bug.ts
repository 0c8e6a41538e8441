import type { MemoryDatabase, MemoryTransaction } from '../../../src/adapters/memory/index.ts';
import type { FaultName, Substitutions } from '../../../src/testing/simulation/index.ts';

/** A mistake that a service or the framework could have, and that a seed must find. */
export type PlantedBug = {
  readonly name: string;
  /** Makes the wrong parts, anew for each seed. */
  readonly plant: () => Substitutions;
  /** Seeds in which it must be found; 40 unless given. */
  readonly seedsMax?: number;
  /** The faults that it needs; all unless given. */
  readonly faults?: readonly FaultName[];
};

type Write = { readonly table: string; readonly key: string; readonly value?: unknown };

/** A database that changes or leaves out some writes of each commit. */
export const rewriting =
  (rewrite: (writes: readonly Write[], commit: number) => readonly Write[]) =>
  (database: MemoryDatabase): MemoryDatabase => {
    let commits = 0;
    return {
      ...database,
      begin: () => {
        const real = database.begin();
        const writes: Write[] = [];
        const transaction: MemoryTransaction = {
          ...real,
          put: (table, key, value) => {
            writes.push({ table, key, value });
            real.put(table, key, value);
          },
          remove: (table, key) => {
            writes.push({ table, key });
            real.remove(table, key);
          },
          commit: () => {
            commits += 1;
            const kept = rewrite(writes, commits);
            if (kept === writes) return real.commit();
            const other = database.begin();
            for (const { table, key, value } of kept) {
              if (value === undefined) other.remove(table, key);
              else other.put(table, key, value);
            }
            other.commit();
          },
        };
        return transaction;
      },
    };
  };
