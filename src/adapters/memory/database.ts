import { Conflict } from '../../domain/kernel/index.ts';

/** One transaction on a snapshot; nobody sees what it writes before it commits. */
export interface MemoryTransaction {
  readonly get: <Value>(table: string, key: string) => Value | undefined;
  /** All rows of a table, in no particular order. */
  readonly all: <Value>(table: string) => readonly Value[];
  readonly put: (table: string, key: string, value: unknown) => void;
  readonly remove: (table: string, key: string) => void;
  /**
   * @throws {Conflict} when another transaction has committed a change of a row that this one
   * changes, since this one's snapshot was taken: the first to commit wins
   */
  readonly commit: () => void;
}

/**
 * Rows in memory under snapshot isolation, as DSQL has it: no locks, conflicts at commit, write
 * skew possible.
 */
export interface MemoryDatabase {
  readonly begin: () => MemoryTransaction;
}

type Version = { readonly value: unknown; readonly committedAt: number };

const removed = Symbol('removed');

/** Creates a database without rows. */
export const createMemoryDatabase = (): MemoryDatabase => {
  /** Newest version last. No version is deleted, since tests write few rows. */
  const rows = new Map<string, Version[]>();
  let commits = 0;

  const address = (table: string, key: string): string => JSON.stringify([table, key]);

  const visible = (versions: readonly Version[], snapshot: number): unknown =>
    versions.findLast(({ committedAt }) => committedAt <= snapshot)?.value ?? removed;

  const begin = (): MemoryTransaction => {
    const snapshot = commits;
    const writes = new Map<string, unknown>();

    const read = (at: string): unknown =>
      writes.has(at) ? writes.get(at) : visible(rows.get(at) ?? [], snapshot);

    return {
      get: <Value>(table: string, key: string) => {
        const value = read(address(table, key));
        return value === removed ? undefined : (value as Value);
      },
      all: <Value>(table: string) => {
        const prefix = `["${table}",`;
        const addresses = new Set([...rows.keys(), ...writes.keys()]);
        return [...addresses]
          .filter((at) => at.startsWith(prefix))
          .map(read)
          .filter((value) => value !== removed) as Value[];
      },
      put: (table, key, value) => {
        writes.set(address(table, key), value);
      },
      remove: (table, key) => {
        writes.set(address(table, key), removed);
      },
      commit: () => {
        for (const at of writes.keys()) {
          if ((rows.get(at)?.at(-1)?.committedAt ?? 0) > snapshot) {
            throw new Conflict('change conflicts with another transaction');
          }
        }
        if (writes.size === 0) return;
        commits += 1;
        for (const [at, value] of writes) {
          rows.set(at, [...(rows.get(at) ?? []), { value, committedAt: commits }]);
        }
      },
    };
  };
  return { begin };
};
