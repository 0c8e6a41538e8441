import type { Reach } from './access-sets.ts';

/** A row version that a transaction has locked without changing it. */
export type LockedRow = {
  /** Object identifier of the table. */
  readonly relation: string;
  /** Place of the version in the table. */
  readonly tid: string;
  /** `pgrowlocks`' word for the strength. */
  readonly mode: string;
};

/** What a transaction leaves for those that began before it committed. */
export type CommitLogEntry = {
  /** The rows that it has locked, where somebody has looked. */
  readonly locks: readonly LockedRow[];
  /** Otherwise the tables in which it may have locked some: all of their rows are taken for locked. */
  readonly lockedTables: ReadonlySet<string>;
  readonly arrived: ReadonlySet<string>;
  readonly left: ReadonlySet<string>;
  /** Tables that it writes while it is on its way and nobody can stop it any more; it may wait for a lock there. */
  readonly writing: ReadonlySet<string>;
};

/** One transaction among those that are open. */
export interface OpenTransaction {
  /** What others have committed, or may be committing, since this one took its snapshot. */
  readonly since: () => readonly CommitLogEntry[];
  /** Whether other transactions are open, for which an entry may matter. */
  readonly hasCompany: () => boolean;
  /** Whether others among them may hold locks. */
  readonly meetsLocks: () => boolean;
  /** It may hold locks from now on. */
  readonly lock: () => void;
  /**
   * About to be committed; `settled` must be called when that has been answered.
   *
   * @param locks the rows that it has locked; absent: nobody has looked, and nobody will before it is committed
   */
  readonly commit: (reach: Reach, locks?: readonly LockedRow[]) => void;
  readonly settled: (committed: boolean) => void;
}

/**
 * Remembers what committed transactions have done that PostgreSQL forgets with them and DSQL does
 * not: their row locks, and that a key was there. In memory, because the endpoints of all Regions
 * share it, and only for as long as a transaction is open that is older.
 */
export interface CommitLog {
  /** A transaction takes its snapshot from now on. */
  readonly open: () => OpenTransaction;
}

type Noted = CommitLogEntry & { committedAt: number; writing: ReadonlySet<string> };

const none: ReadonlySet<string> = new Set();

/** Whether nobody need know of it. */
const isEmpty = ({ locks, lockedTables, arrived, left, writing }: CommitLogEntry): boolean =>
  locks.length === 0 && [lockedTables, arrived, left, writing].every(({ size }) => size === 0);

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
      /** What it is about to commit, or may have committed already where a unit is several transactions. */
      let own: readonly Noted[] = [];
      const transaction: OpenTransaction = {
        since: () =>
          entries.size === 0
            ? []
            : [...entries].filter((noted) => !own.includes(noted) && noted.committedAt > startedAt),
        hasCompany: () => open.size > 1,
        meetsLocks: () => locking.size > (locking.has(transaction) ? 1 : 0),
        lock: () => void locking.add(transaction),
        // Whoever is alone now may have company before the COMMIT is answered.
        commit: ({ arrived, left, locked, touched }, locks) => {
          const noted: Noted = {
            ...{ locks: locks ?? [], arrived, left },
            ...{ lockedTables: locks ? none : locked, writing: locks ? none : touched },
            // While the COMMIT is on its way, nobody can know whose snapshot will have it.
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
