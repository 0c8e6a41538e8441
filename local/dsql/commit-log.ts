import type { Reach } from './relations.ts';

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
  readonly locks: readonly LockedRow[];
  readonly arrived: ReadonlySet<string>;
  readonly left: ReadonlySet<string>;
};

/** One transaction among those that are open. */
export interface OpenTransaction {
  /** What others have committed, or may be committing, since this one took its snapshot. */
  readonly since: () => readonly CommitLogEntry[];
  /** Whether other transactions are open, for which an entry may matter. */
  readonly hasCompany: () => boolean;
  /** About to be committed; `settled` must be called when that has been answered. */
  readonly commit: (reach: Reach, locks: readonly LockedRow[]) => void;
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

type Noted = CommitLogEntry & { committedAt: number };

export const createCommitLog = (): CommitLog => {
  let now = 0;
  const entries = new Set<Noted>();
  /** Times at which open transactions took their snapshots. */
  const open = new Map<OpenTransaction, number>();

  const prune = (): void => {
    const oldest = Math.min(...open.values());
    for (const entry of entries) if (entry.committedAt <= oldest) entries.delete(entry);
  };

  return {
    open: () => {
      const startedAt = now;
      let entry: Noted | undefined;
      const transaction: OpenTransaction = {
        since: () =>
          entries.size === 0
            ? []
            : [...entries].filter((noted) => noted !== entry && noted.committedAt > startedAt),
        hasCompany: () => open.size > 1,
        commit: ({ arrived, left }, locks) => {
          if (open.size < 2 || (arrived.size === 0 && left.size === 0 && locks.length === 0))
            return;
          // While the COMMIT is on its way, nobody can know whose snapshot will have it.
          entry = { locks, arrived, left, committedAt: Number.POSITIVE_INFINITY };
          entries.add(entry);
        },
        settled: (committed) => {
          open.delete(transaction);
          if (entry) {
            now += 1;
            entry.committedAt = committed ? now : 0;
            entry = undefined;
          }
          if (entries.size > 0) prune();
        },
      };
      open.set(transaction, startedAt);
      return transaction;
    },
  };
};
