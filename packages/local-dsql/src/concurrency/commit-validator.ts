import { encodeQuery } from '../protocol/protocol.ts';
import { controlsTransaction, type JudgedStatement } from '../statements/index.ts';
import { quoteLiteral } from '../statements/quote.ts';
import type { StatementAccess } from '../statements/statement-access.ts';
import { type AccessSets, emptyAccessSets, extendAccessSets, overlap } from './access-sets.ts';
import type { CommitLogEntry } from './commit-log.ts';
import type { LockMonitor } from './lock-monitor.ts';

/**
 * Finds the conflicts of one session's transactions that PostgreSQL does not find: with row locks
 * that another transaction released by committing, and with keys that it removed.
 */
export interface CommitValidator {
  /** A transaction begins: its next statement takes the snapshot. */
  readonly begin: () => void;
  /** Whether a statement has used the snapshot. */
  readonly hasBegun: () => boolean;
  /** Records a statement that is about to run. */
  readonly note: (statement: JudgedStatement) => void;
  /** Whether a statement calls a user's function, which may write although the statement reads. */
  readonly callsUserFunction: (statement: JudgedStatement) => boolean;
  /** Whether no other transaction is open, or was open since this one began. */
  readonly isAlone: () => boolean;
  /** Whether a COMMIT has to wait for `validate`. */
  readonly needsValidation: () => boolean;
  /** Writes the transaction to the commit log and returns whether it may commit. */
  readonly validate: () => Promise<boolean>;
  /** Whether statements outside of a transaction need one, so that they can be validated. */
  readonly needsTransaction: (statements: readonly JudgedStatement[]) => boolean;
  /** Whether a statement may meet keys that were inserted since the snapshot. */
  readonly mayMeetNewKeys: (statements: readonly JudgedStatement[]) => boolean;
  /** Records statements that are about to be sent and that commit themselves. */
  readonly commit: (statements: readonly JudgedStatement[]) => void;
  readonly end: (committed: boolean) => void;
}

/** Sends a query of the endpoint's own over the session's connection, inside its transaction. */
type RunInTransaction = (bytes: Buffer) => Promise<{ readonly value?: string }>;

const call = (name: string, tables: ReadonlySet<string>): Buffer =>
  encodeQuery(`SELECT pg_antipode.${name}(ARRAY[${[...tables].map(quoteLiteral).join(', ')}])`);

const accessesOf = (statements: readonly JudgedStatement[]): readonly StatementAccess[] =>
  statements.map(({ access }) => access).filter((access) => access !== undefined);

/** Whether a transaction with these access sets may conflict with one that has committed. */
const mayConflictWith =
  (accessSets: AccessSets) =>
  ({ removedKeys, locks, lockedTables, writing }: CommitLogEntry): boolean =>
    overlap(removedKeys, accessSets.addedKeys) ||
    (locks.length > 0 && accessSets.touched.size > 0) ||
    overlap(lockedTables, accessSets.touched) ||
    overlap(writing, accessSets.locked);

type Deps = {
  readonly lockMonitor: LockMonitor;
  /** Process of the session's connection in PostgreSQL. */
  readonly processId: number;
  readonly runInternal: RunInTransaction;
};

/** Whether a transaction conflicts with one of those that have committed since its snapshot. */
const hasConflict = async (
  { lockMonitor, processId, runInternal }: Deps,
  accessSets: AccessSets,
  committed: readonly CommitLogEntry[],
): Promise<boolean> => {
  const { addedKeys, touched, locked } = accessSets;
  if (committed.some(({ lockedTables }) => overlap(lockedTables, touched))) return true;
  // The other one may wait for a lock of this one, and is not validated again when it goes on.
  if (committed.some(({ writing }) => overlap(writing, locked))) return true;
  if (committed.some(({ removedKeys }) => overlap(removedKeys, addedKeys))) {
    const { value } = await runInternal(call('has_reinserted_key', addedKeys));
    if (value !== 'f') return true;
  }
  const locks = committed.flatMap((entry) => entry.locks);
  return (
    locks.length > 0 &&
    touched.size > 0 &&
    (await lockMonitor.conflictsWithLocks(processId, accessSets, locks))
  );
};

/** The access sets of several statements, or `undefined` while the catalog is read. */
const accessSetsOf = (
  lockMonitor: LockMonitor,
  noted: Iterable<StatementAccess>,
): AccessSets | undefined => {
  const tableGraph = lockMonitor.tableGraph();
  if (!tableGraph) return undefined;
  const accessSets = emptyAccessSets();
  for (const access of noted) extendAccessSets(accessSets, tableGraph.accessSetsOf(access));
  return accessSets;
};

/** Creates the validator of one session. */
export const createCommitValidator = (deps: Deps): CommitValidator => {
  const { lockMonitor, processId } = deps;
  let open = lockMonitor.commitLog.open();
  open.settled(false);
  let begun = false;
  let validated = false;
  const accesses = new Set<StatementAccess>();

  const forget = (): void => {
    begun = false;
    validated = false;
    accesses.clear();
  };

  /** For commits that `needsValidation` and `needsTransaction` have let pass. */
  const commitUnvalidated = (noted: ReadonlySet<StatementAccess>): void => {
    const accessSets = noted.size > 0 ? accessSetsOf(lockMonitor, noted) : undefined;
    if (accessSets) open.commit(accessSets);
  };

  const mayConflict = (accessSets: AccessSets): boolean =>
    open.committedSince().some(mayConflictWith(accessSets));

  const needsTransaction = (statements: readonly JudgedStatement[]): boolean => {
    if (statements.some(({ kind }) => controlsTransaction.has(kind))) return false;
    const noted = accessesOf(statements);
    if (noted.length === 0) return false;
    const accessSets = accessSetsOf(lockMonitor, noted);
    if (!accessSets) return true;
    if (!open.hasConcurrent()) return false;
    if (accessSets.locked.size > 0 || mayConflict(accessSets)) return true;
    return accessSets.touched.size > 0 && (statements.length > 1 || open.othersMayLock());
  };

  const mayMeetNewKeys = (statements: readonly JudgedStatement[]): boolean => {
    const past = open.committedSince().filter(({ addedKeys }) => addedKeys.size > 0);
    if (past.length === 0) return false;
    const accessSets = accessSetsOf(lockMonitor, accessesOf(statements));
    // A foreign key that forbids a removal is violated by rows of the table that refers.
    if (!accessSets || accessSets.removedKeys.size > 0) return true;
    return past.some(({ addedKeys }) => overlap(addedKeys, accessSets.addedKeys));
  };

  return {
    begin: () => {
      open.settled(false);
      open = lockMonitor.commitLog.open();
      forget();
    },
    hasBegun: () => begun,
    note: ({ kind, access }) => {
      if (kind === 'commit' && !validated) commitUnvalidated(accesses);
      if (kind !== 'begin' && kind !== 'session') begun = true;
      if (!access) return;
      accesses.add(access);
      const locks = lockMonitor.tableGraph()?.accessSetsOf(access).locked.size ?? 1;
      if (locks > 0) open.mayLock();
    },
    callsUserFunction: ({ access }) =>
      access !== undefined &&
      access.called.size > 0 &&
      (lockMonitor.tableGraph()?.callsUserFunction(access) ?? true),
    isAlone: () =>
      !open.hasConcurrent() &&
      open.committedSince().length === 0 &&
      lockMonitor.tableGraph() !== undefined,
    needsValidation: () => {
      if (validated || accesses.size === 0) return false;
      const accessSets = accessSetsOf(lockMonitor, accesses);
      if (!accessSets) return true;
      return (open.hasConcurrent() && accessSets.locked.size > 0) || mayConflict(accessSets);
    },
    validate: async () => {
      await lockMonitor.loadTableGraph();
      const accessSets = accessSetsOf(lockMonitor, accesses) ?? emptyAccessSets();
      const hasLocks = accessSets.locked.size > 0;
      const locks = hasLocks ? await lockMonitor.locksOf(processId, accessSets) : [];
      open.commit(accessSets, locks);
      validated = true;
      return !(await hasConflict(deps, accessSets, open.committedSince()));
    },
    needsTransaction,
    mayMeetNewKeys,
    commit: (statements) => commitUnvalidated(new Set(accessesOf(statements))),
    end: (committed) => {
      open.settled(committed);
      forget();
    },
  };
};
