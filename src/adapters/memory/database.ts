import { Conflict } from '../../domain/kernel/index.ts';

/** One transaction on a snapshot; nobody sees what it writes before it commits. */
export interface MemoryTransaction {
  /** The row under a key as the snapshot has it, with the changes of this transaction. */
  readonly get: <Value>(table: string, key: string) => Value | undefined;
  /** All rows of a table, in no particular order. */
  readonly all: <Value>(table: string) => readonly Value[];
  /** Writes a whole row. */
  readonly put: (table: string, key: string, value: unknown) => void;
  /** Removes a row, if it is there. */
  readonly remove: (table: string, key: string) => void;
  /** Lets `commit` fail with this error: a statement has violated a constraint. */
  readonly violate: (error: Error) => void;
  /**
   * @throws {Conflict} when another transaction has committed a change of a row that this one
   * changes, since this one's snapshot was taken: the first to commit wins
   */
  readonly commit: () => void;
}

/**
 * Rows in memory under snapshot isolation, as DSQL has it: no locks, conflicts at commit, write
 * skew possible.
 *
 * The adapters reach the rows by `open`, `commit` and `transact` alone. So a simulation can put a
 * network with its failures between an adapter and the rows.
 */
export interface MemoryDatabase {
  /** Begins a transaction at once, for what is not an adapter, such as a query or a test. */
  readonly begin: () => MemoryTransaction;
  /**
   * Begins a transaction, and reads in it.
   *
   * @returns the transaction that is now open, and what was read
   */
  readonly open: <Read>(
    read: (transaction: MemoryTransaction) => Read,
  ) => Promise<{ readonly transaction: MemoryTransaction; readonly read: Read }>;
  /** Commits a transaction that `open` has begun; throws as `MemoryTransaction.commit` does. */
  readonly commit: (transaction: MemoryTransaction) => Promise<void>;
  /** Runs a whole transaction, which reads and writes in one step, and commits it. */
  readonly transact: <Result>(work: (transaction: MemoryTransaction) => Result) => Promise<Result>;
}

type Version = { readonly value: unknown; readonly committedAt: number };

/** The rows of one table, by their keys. */
type Table = {
  /** Newest version last. No version is deleted, since tests write few rows. */
  readonly rows: Map<string, Version[]>;
  /** The newest value of each row that is not removed. */
  readonly present: Map<string, unknown>;
  /** The last commit that has changed the table. */
  changedAt: number;
  /** The values of `present`, once somebody has asked for them. */
  newest: readonly unknown[] | undefined;
};

const removed = Symbol('removed');

const visible = (versions: readonly Version[] | undefined, snapshot: number): unknown => {
  for (let index = (versions?.length ?? 0) - 1; index >= 0; index -= 1) {
    const version = versions?.[index];
    if (version && version.committedAt <= snapshot) return version.value;
  }
  return removed;
};

/** The values of a table in a snapshot, by their keys. */
const valuesIn = (table: Table, snapshot: number): ReadonlyMap<string, unknown> => {
  if (table.changedAt <= snapshot) return table.present;
  const values = new Map<string, unknown>();
  for (const [key, versions] of table.rows) {
    const value = visible(versions, snapshot);
    if (value !== removed) values.set(key, value);
  }
  return values;
};

/** All rows of a table in a snapshot, with the changes of one transaction. */
const rowsIn = (
  table: Table,
  snapshot: number,
  own: ReadonlyMap<string, unknown> | undefined,
): readonly unknown[] => {
  if (own === undefined && table.changedAt <= snapshot) {
    table.newest ??= [...table.present.values()];
    return table.newest;
  }
  const values = valuesIn(table, snapshot);
  if (own === undefined) return [...values.values()];
  return [...new Map([...values, ...own]).values()].filter((value) => value !== removed);
};

/** Creates a database without rows. */
export const createMemoryDatabase = (): MemoryDatabase => {
  const tables = new Map<string, Table>();
  let commits = 0;

  const tableOf = (name: string): Table => {
    const known = tables.get(name);
    if (known) return known;
    const table: Table = { rows: new Map(), present: new Map(), changedAt: 0, newest: undefined };
    tables.set(name, table);
    return table;
  };

  const refuseOvertaken = (name: string, keys: Iterable<string>, snapshot: number): void => {
    const { rows } = tableOf(name);
    for (const key of keys) {
      if ((rows.get(key)?.at(-1)?.committedAt ?? 0) > snapshot) {
        throw new Conflict('change conflicts with another transaction');
      }
    }
  };

  const apply = (name: string, changes: ReadonlyMap<string, unknown>): void => {
    const table = tableOf(name);
    for (const [key, value] of changes) {
      const versions = table.rows.get(key) ?? [];
      versions.push({ value, committedAt: commits });
      table.rows.set(key, versions);
      if (value === removed) table.present.delete(key);
      else table.present.set(key, value);
    }
    table.changedAt = commits;
    table.newest = undefined;
  };

  const begin = (): MemoryTransaction => {
    const snapshot = commits;
    const writes = new Map<string, Map<string, unknown>>();
    let violation: Error | undefined;

    const write = (table: string, key: string, value: unknown): void => {
      const changes = writes.get(table);
      if (changes) changes.set(key, value);
      else writes.set(table, new Map([[key, value]]));
    };

    return {
      get: <Value>(table: string, key: string) => {
        const own = writes.get(table);
        const value = own?.has(key)
          ? own.get(key)
          : visible(tables.get(table)?.rows.get(key), snapshot);
        return value === removed ? undefined : (value as Value);
      },
      all: <Value>(table: string) =>
        rowsIn(tableOf(table), snapshot, writes.get(table)) as readonly Value[],
      put: write,
      remove: (table, key) => write(table, key, removed),
      violate: (error) => {
        violation ??= error;
      },
      commit: () => {
        if (violation) throw violation;
        for (const [table, changes] of writes) refuseOvertaken(table, changes.keys(), snapshot);
        if (writes.size === 0) return;
        commits += 1;
        for (const [table, changes] of writes) apply(table, changes);
      },
    };
  };

  return {
    begin,
    open: async (read) => {
      const transaction = begin();
      return { transaction, read: read(transaction) };
    },
    commit: async (transaction) => transaction.commit(),
    transact: async (work) => {
      const transaction = begin();
      const result = work(transaction);
      transaction.commit();
      return result;
    },
  };
};
