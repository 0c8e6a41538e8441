import type { BatchEnd, Channel } from '../../backend/channel.ts';
import { type CommitValidator, createCommitValidator } from '../../concurrency/commit-validator.ts';
import type { LockMonitor } from '../../concurrency/lock-monitor.ts';
import { encodeQuery, type ServiceError, type TransactionStatus } from '../../protocol/protocol.ts';
import { transactionTooOld } from '../../protocol/service-errors.ts';
import type { SyncBatch } from '../sync-batch.ts';
import { createReplayLog, type ReplayLog } from './replay-log.ts';
import { createTransactionReplay, type TransactionReplay } from './transaction-replay.ts';
import { createTransactionRules, type TransactionRules } from './transaction-rules.ts';

/** Limits of one session. */
export type SessionLimits = {
  readonly rowsMax: number;
  readonly transactionMsMax: number;
  readonly batchBytesMax: number;
};

/** The transaction of a session, with the parts that follow it statement by statement. */
export interface SessionTransaction {
  readonly rules: TransactionRules;
  readonly replayLog: ReplayLog;
  readonly commitValidator: CommitValidator;
  readonly replay: TransactionReplay;
  readonly status: () => TransactionStatus;
  /** PostgreSQL has run a batch, or a part of it. */
  readonly settle: (batch: SyncBatch, end: BatchEnd) => void;
  /** The error of a transaction that is older than DSQL allows. */
  readonly ageError: () => ServiceError | undefined;
  /** The snapshot, if it was read: a constraint error may be judged by it. */
  readonly snapshot: () => string | undefined;
  readonly readSnapshot: () => Promise<void>;
  /**
   * PostgreSQL has closed the connection.
   *
   * @param isRunning whether a statement was running, which may have committed
   */
  readonly abandon: (isRunning: boolean) => void;
}

export const createSessionTransaction = (deps: {
  readonly channel: Channel;
  readonly lockMonitor: LockMonitor;
  readonly processId: number;
  readonly limits: SessionLimits;
  readonly clock: { readonly now: () => number };
}): SessionTransaction => {
  const { channel, lockMonitor, processId, limits, clock } = deps;
  const { runInternal } = channel;
  const rules = createTransactionRules(limits.rowsMax);
  const replayLog = createReplayLog();
  const commitValidator = createCommitValidator({ lockMonitor, processId, runInternal });
  const parts = { rules, replayLog, commitValidator };
  const replay = createTransactionReplay({ ...parts, lockMonitor, runInternal });
  let status: TransactionStatus = 'I';
  let beganAt = 0;
  let snapshot: string | undefined;

  const settle = (batch: SyncBatch, { status: next, failed }: BatchEnd): void => {
    const { hasEnded } = batch;
    if ((next === 'I' || hasEnded) && rules.hasDefined() && !failed) lockMonitor.catalogChanged();
    if (next !== 'T' || hasEnded) {
      replayLog.clear();
      replay.forget();
      commitValidator.end(next !== 'E' && !failed);
      snapshot = undefined;
    }
    // COMMIT AND CHAIN has begun the next transaction.
    if (hasEnded && next === 'T') replay.begin();
    if (status === 'I' || hasEnded) beganAt = clock.now();
    status = next;
    rules.settle(next);
  };

  const abandon = (isRunning: boolean): void => {
    const hasDefined = rules.hasDefined();
    const end = (): void => {
      if (hasDefined) lockMonitor.catalogChanged();
      commitValidator.end(true);
    };
    replay.forget();
    if (hasDefined) lockMonitor.catalogChanged();
    if (isRunning) void lockMonitor.untilBackendEnds(processId).then(end);
    else end();
  };

  return {
    ...{ ...parts, replay, settle, abandon },
    status: () => status,
    ageError: () => {
      const isOld = status === 'T' && clock.now() - beganAt > limits.transactionMsMax;
      return isOld ? transactionTooOld(limits.transactionMsMax) : undefined;
    },
    snapshot: () => snapshot,
    readSnapshot: async () => {
      const { value } = await runInternal(encodeQuery('SELECT pg_current_snapshot()'));
      snapshot = value ?? '';
    },
  };
};
