import type { ExchangeResult } from '../../backend/exchange.ts';
import type { CommitValidator } from '../../concurrency/commit-validator.ts';
import type { KeptSnapshot, LockMonitor } from '../../concurrency/lock-monitor.ts';
import { encodeFrame, encodeQuery, frontend, type ServiceError } from '../../protocol/protocol.ts';
import { catalogConflict, conflict } from '../../protocol/service-errors.ts';
import type { StatementKind } from '../../statements/index.ts';
import { type ReplayLog, replayMessages } from './replay-log.ts';
import type { TransactionRules } from './transaction-rules.ts';

/** Sends messages of the session's own and hears what PostgreSQL makes of them. */
export type Ask = (bytes: Buffer) => Promise<ExchangeResult>;

/** One session's transaction, which PostgreSQL may have to let go of for a while. */
export interface TransactionReplay {
  /** A transaction begins: changes of the catalog from now on concern it. */
  readonly begin: () => void;
  /** Rolls the transaction back in PostgreSQL and keeps what it takes to do it again. */
  readonly suspend: () => Promise<void>;
  readonly isSuspended: () => boolean;
  /** Whether `prepare` has to be called before a statement of this kind. */
  readonly mustPrepare: (next: StatementKind | undefined) => boolean;
  /**
   * Brings the transaction back before a statement of this kind, or arranges for that statement to
   * fail because another transaction has committed first.
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
 * PostgreSQL keeps the locks of a transaction until it ends, and DSQL has none. So a transaction whose
 * locks are in another's way is rolled back and, when its client goes on, done again on the same
 * snapshot: if that gives what the client saw before, nothing has happened; if not, somebody else
 * has committed first.
 */
export const createTransactionReplay = (deps: {
  readonly lockMonitor: LockMonitor;
  readonly replayLog: ReplayLog;
  readonly rules: TransactionRules;
  readonly commitValidator: CommitValidator;
  readonly runInternal: Ask;
}): TransactionReplay => {
  const { lockMonitor, replayLog, rules, commitValidator, runInternal } = deps;
  let catalogVersion = 0;
  let snapshot: KeptSnapshot | undefined;
  let suspended = false;
  /** Nothing is left in PostgreSQL of the transaction that is to fail at its COMMIT. */
  let ended = false;
  /** Counts the transactions: what was kept for one that has ended meanwhile must not outlive it. */
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
