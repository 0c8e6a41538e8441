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

/** A database whose transactions hand their writes to `commit`, with a snapshot and without one. */
const committing =
  (
    commit: (
      writes: readonly Write[],
      snapshot: MemoryTransaction,
      database: MemoryDatabase,
    ) => void,
  ) =>
  (database: MemoryDatabase): MemoryDatabase => ({
    ...database,
    begin: () => {
      const real = database.begin();
      const writes = new Map<string, Write>();
      const write = (one: Write): void => {
        writes.set(JSON.stringify([one.table, one.key]), one);
      };
      return {
        ...real,
        get: <Value>(table: string, key: string) => {
          const own = writes.get(JSON.stringify([table, key]));
          return own ? (own.value as Value | undefined) : real.get<Value>(table, key);
        },
        put: (table, key, value) => write({ table, key, value }),
        remove: (table, key) => write({ table, key }),
        commit: () => commit([...writes.values()], real, database),
      };
    },
  });

const apply = (transaction: MemoryTransaction, writes: readonly Write[]): void => {
  for (const { table, key, value } of writes) {
    if (value === undefined) transaction.remove(table, key);
    else transaction.put(table, key, value);
  }
  transaction.commit();
};

/** A database that changes or leaves out some writes of each commit. */
export const rewriting = (rewrite: (writes: readonly Write[]) => readonly Write[]) =>
  committing((writes, snapshot) => apply(snapshot, rewrite(writes)));

/** Begun transactions after which the old snapshot is a newer one. */
const snapshotsKept = 50;

/** A database whose transactions take the third account that they read from an older snapshot. */
export const withoutSnapshot = (database: MemoryDatabase): MemoryDatabase => {
  let old = database.begin();
  let begun = 0;
  return {
    ...database,
    begin: () => {
      const real = database.begin();
      begun += 1;
      if (begun % snapshotsKept === 0) old = database.begin();
      const snapshot = old;
      let reads = 0;
      return {
        ...real,
        get: <Value>(table: string, key: string) => {
          if (table === 'accounts') reads += 1;
          const isOutside = table === 'accounts' && reads === 3;
          return (isOutside ? snapshot : real).get<Value>(table, key);
        },
      };
    },
  };
};

/** A database in which the last to commit wins: it forgets the snapshot. */
export const withoutConflicts = committing((writes, _, database) =>
  apply(database.begin(), writes),
);
