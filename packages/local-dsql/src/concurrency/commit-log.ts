import type { AccessSets } from './access-sets.ts';

/** A row version that a transaction has locked and not changed. */
export type LockedRow = {
  /** Object identifier of the table. */
  readonly relation: string;
  /** Place of the version in the table. */
  readonly tid: string;
  /** Strength of the lock as `pgrowlocks` names it. */
  readonly mode: string;
};

/**
 * The locks and keys of a committed transaction, for transactions that began before it committed.
 */
export type CommitLogEntry = {
  /** The rows that it has locked, if they were looked up before the commit. */
  readonly locks: readonly LockedRow[];
  /**
   * Tables with rows that it may have locked, if `locks` was not looked up: all of their rows count
   * as locked.
   */
  readonly lockedTables: ReadonlySet<string>;
  readonly addedKeys: ReadonlySet<string>;
  readonly removedKeys: ReadonlySet<string>;
  /**
   * Tables that it writes, while its COMMIT is sent and not answered. It may wait for a lock there.
   */
  readonly writing: ReadonlySet<string>;
};

/** One transaction among those that are open. */
export interface OpenTransaction {
  /**
   * Entries of transactions that committed, or sent their COMMIT, after this one took its snapshot.
   */
  readonly committedSince: () => readonly CommitLogEntry[];
  /** Whether other transactions are open. */
  readonly hasConcurrent: () => boolean;
  /** Whether other open transactions may hold row locks. */
  readonly othersMayLock: () => boolean;
  /** Records that this transaction may hold row locks from now on. */
  readonly mayLock: () => void;
  /**
   * Adds the entry of a transaction whose COMMIT is about to be sent. Call `settled` when it is
   * answered.
   *
   * @param locks the rows that it has locked; absent when they were not looked up
   */
  readonly commit: (accessSets: AccessSets, locks?: readonly LockedRow[]) => void;
  readonly settled: (committed: boolean) => void;
}

/**
 * Keeps what PostgreSQL forgets at COMMIT and DSQL does not: row locks, and keys that were removed.
 * The log is in memory, because the endpoints of all Regions share one process. It keeps an entry
 * for as long as an older transaction is open.
 */
export interface CommitLog {
  /** Opens a transaction that takes its snapshot from now on. */
  readonly open: () => OpenTransaction;
}

type Noted = CommitLogEntry & { committedAt: number; writing: ReadonlySet<string> };

const none: ReadonlySet<string> = new Set();

/** Whether an entry can conflict with no transaction. */
const isEmpty = ({
  locks,
  lockedTables,
  addedKeys,
  removedKeys,
  writing,
}: CommitLogEntry): boolean =>
  locks.length === 0 &&
  [lockedTables, addedKeys, removedKeys, writing].every(({ size }) => size === 0);

export const createCommitLog = (): CommitLog => {
  let now = 0;
  const entries = new Set<Noted>();
  /** Times at which open transactions took their snapshots. */
  const open = new Map<OpenTransaction, number>();
  const locking = new Set<OpenTransaction>();

  const prune = (): void => {
    const oldest = Math.min(...open.values());
    for (const entry of entries) if (entry.committedAt <= oldest) entries.delete(entry);
  };

  return {
    open: () => {
      const startedAt = now;
      /** Its entries: more than one where a sync batch holds several transactions. */
      let own: readonly Noted[] = [];
      const transaction: OpenTransaction = {
        committedSince: () =>
          entries.size === 0
            ? []
            : [...entries].filter((noted) => !own.includes(noted) && noted.committedAt > startedAt),
        hasConcurrent: () => open.size > 1,
        othersMayLock: () => locking.size > (locking.has(transaction) ? 1 : 0),
        mayLock: () => void locking.add(transaction),
        // Also when no other transaction is open: one may begin before the COMMIT is answered.
        commit: ({ addedKeys, removedKeys, locked, touched }, locks) => {
          const noted: Noted = {
            ...{ locks: locks ?? [], addedKeys, removedKeys },
            ...{ lockedTables: locks ? none : locked, writing: locks ? none : touched },
            // Until the COMMIT is answered, no snapshot can be known to contain it.
            committedAt: Number.POSITIVE_INFINITY,
          };
          if (isEmpty(noted)) return;
          own = [...own, noted];
          entries.add(noted);
        },
        settled: (committed) => {
          open.delete(transaction);
          locking.delete(transaction);
          if (own.length > 0) now += 1;
          for (const entry of own) {
            entry.committedAt = committed ? now : 0;
            entry.writing = none;
            if (isEmpty(entry)) entries.delete(entry);
          }
          own = [];
          if (entries.size > 0) prune();
        },
      };
      open.set(transaction, startedAt);
      return transaction;
    },
  };
};
