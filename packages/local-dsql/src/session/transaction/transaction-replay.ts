import type { ExchangeResult } from '../../backend/exchange.ts';
import type { CommitValidator } from '../../concurrency/commit-validator.ts';
import type { KeptSnapshot, LockMonitor } from '../../concurrency/lock-monitor.ts';
import { encodeFrame, encodeQuery, frontend, type ServiceError } from '../../protocol/protocol.ts';
import { catalogConflict, conflict } from '../../protocol/service-errors.ts';
import type { StatementKind } from '../../statements/index.ts';
import { type ReplayLog, replayMessages } from './replay-log.ts';
import type { TransactionRules } from './transaction-rules.ts';

/** Sends messages of the session's own and returns PostgreSQL's answers. */
export type RunInternal = (bytes: Buffer) => Promise<ExchangeResult>;

/** Suspends a session's transaction in PostgreSQL and repeats it when its client goes on. */
export interface TransactionReplay {
  /** A transaction begins: a change of the catalog from now on fails it. */
  readonly begin: () => void;
  /** Rolls the transaction back in PostgreSQL, which releases its locks, and keeps its snapshot. */
  readonly suspend: () => Promise<void>;
  readonly isSuspended: () => boolean;
  /** Whether `prepare` has to be called before a statement of this kind. */
  readonly mustPrepare: (next: StatementKind | undefined) => boolean;
  /**
   * Repeats a suspended transaction before a statement of this kind, and validates it before a
   * COMMIT. If another transaction has committed first, it makes that statement fail.
   */
  readonly prepare: (next: StatementKind | undefined) => Promise<void>;
  /** Fails the transaction with the next statement, which is of this kind. */
  readonly fail: (next: StatementKind | undefined, error: ServiceError) => Promise<void>;
  /** The transaction has ended. */
  readonly forget: () => void;
}

const sync = encodeFrame(frontend.sync);

/**
 * Creates the transaction replay of one session.
 *
 * PostgreSQL keeps the locks of a transaction until it ends, and DSQL has none. So a transaction
 * that blocks another one is rolled back. When its client goes on, its statements are repeated on
 * the same snapshot. If their results are the same as before, the transaction goes on. If they are
 * not, another transaction has committed first, and this one fails with a conflict.
 */
export const createTransactionReplay = (deps: {
  readonly lockMonitor: LockMonitor;
  readonly replayLog: ReplayLog;
  readonly rules: TransactionRules;
  readonly commitValidator: CommitValidator;
  readonly runInternal: RunInternal;
}): TransactionReplay => {
  const { lockMonitor, replayLog, rules, commitValidator, runInternal } = deps;
  let catalogVersion = 0;
  let snapshot: KeptSnapshot | undefined;
  let suspended = false;
  /** The transaction fails at its COMMIT, and PostgreSQL has rolled it back already. */
  let ended = false;
  /**
   * Number of the transaction: a snapshot that arrives after its transaction has ended is released.
   */
  let transaction = 0;

  const exportSnapshot = async (): Promise<void> => {
    const { value } = await runInternal(encodeQuery('SELECT pg_export_snapshot()'));
    if (value === undefined) return;
    const keeping = transaction;
    const kept = await lockMonitor.keepSnapshot(value);
    if (keeping === transaction) snapshot = kept;
    else kept.release();
  };

  const repeatStatements = async (): Promise<boolean> => {
    if (replayLog.entries.length === 0) return true;
    const messages = replayLog.entries.map(replayMessages);
    const { error, digests } = await runInternal(Buffer.concat([...messages, sync]));
    return (
      error === undefined &&
      replayLog.entries.every(({ digest }, at) => digests[at]?.equals(digest) ?? false)
    );
  };

  const isStale = (): boolean => lockMonitor.catalogVersion() !== catalogVersion;

  const restore = async (): Promise<boolean> => {
    if (!snapshot || !replayLog.isRepeatable()) return false;
    await runInternal(encodeQuery('BEGIN'));
    const { error } = await runInternal(encodeQuery(`SET TRANSACTION SNAPSHOT '${snapshot.id}'`));
    return error === undefined && (await repeatStatements());
  };

  const forget = (): void => {
    transaction += 1;
    snapshot?.release();
    snapshot = undefined;
    suspended = false;
    ended = false;
  };

  /** A COMMIT that fails ends the transaction; any other statement leaves it failed. */
  const fail = async (next: StatementKind | undefined, error: ServiceError): Promise<void> => {
    ended = next === 'commit';
    await runInternal(encodeQuery(ended ? 'ROLLBACK' : 'ROLLBACK; BEGIN'));
    rules.failNext(error);
    snapshot?.release();
    snapshot = undefined;
    suspended = false;
  };

  return {
    begin: () => {
      catalogVersion = lockMonitor.catalogVersion();
    },
    isSuspended: () => suspended,
    mustPrepare: (next) =>
      rules.mustFail()
        ? next === 'rollback' || (next === 'commit' && !ended)
        : suspended || isStale() || (next === 'commit' && commitValidator.needsValidation()),
    suspend: async () => {
      suspended = true;
      if (!snapshot && replayLog.isRepeatable()) await exportSnapshot().catch(() => undefined);
      await runInternal(encodeQuery('ROLLBACK'));
    },
    prepare: async (next) => {
      const stale = isStale();
      if (next === 'rollback') {
        rules.failNext(undefined);
        if (suspended) await runInternal(encodeQuery('BEGIN'));
      } else if (rules.mustFail()) {
        ended = next === 'commit';
        if (ended) await runInternal(encodeQuery('ROLLBACK'));
      } else if (stale || (suspended && !(await restore()))) {
        await fail(next, stale ? catalogConflict : conflict);
      } else if (
        next === 'commit' &&
        commitValidator.needsValidation() &&
        !(await commitValidator.validate())
      ) {
        await fail(next, conflict);
      }
      suspended = false;
      catalogVersion = lockMonitor.catalogVersion();
    },
    fail,
    forget,
  };
};
