import type { Backend } from '../backend/backend.ts';
import type { BatchEnd, Channel, ChannelListener } from '../backend/channel.ts';
import type { LockMonitor } from '../concurrency/lock-monitor.ts';
import { decodeError } from '../protocol/protocol.ts';
import type { BackendLock } from './backend-lock.ts';
import { endBatch } from './batch-end.ts';
import type { SessionClient } from './session-client.ts';
import type { StatementStage } from './statement-stage.ts';
import { type CurrentBatch, newBatch } from './sync-batch.ts';
import type { SessionTransaction } from './transaction/session-transaction.ts';

/** SQLSTATEs of a unique key and of a foreign key, whose violation may be a conflict in DSQL. */
const constraintCodes: ReadonlySet<string> = new Set(['23505', '23503']);

/** The receiving side of a session: it takes PostgreSQL's answers to the client's batches. */
export interface BatchReceiver {
  /** Ends the batch for the client, when and if its answer may arrive. */
  readonly deliver: (end: BatchEnd) => void;
  /** Reactions to PostgreSQL's answers. */
  readonly listener: Pick<
    ChannelListener,
    'onChunkEnd' | 'onRows' | 'onTransactionEnd' | 'isDisputed' | 'onReady'
  >;
}

export const createBatchReceiver = (deps: {
  readonly current: CurrentBatch;
  readonly client: SessionClient;
  readonly channel: Channel;
  readonly backend: Backend;
  readonly stage: StatementStage;
  readonly transaction: SessionTransaction;
  readonly backendLock: BackendLock;
  readonly lockMonitor: LockMonitor;
}): BatchReceiver => {
  const { current, client, channel, backend, stage, transaction, backendLock } = deps;
  const { rules, commitValidator } = transaction;

  const settle = (end: BatchEnd): void => {
    transaction.settle(current.batch, end);
    stage.settle(end.status !== 'I');
  };

  const answer = (end: BatchEnd): void => {
    current.batch = newBatch();
    client.write(end.message);
    client.release();
    client.flush();
    backendLock.move('batchAnswered');
  };

  /** The session may be over when the delay has passed. */
  const answerLater = (end: BatchEnd, delayMs: number): void => {
    const answerIfOpen = (): void => {
      if (!backendLock.isOver()) answer(end);
    };
    setTimeout(answerIfOpen, delayMs).unref();
  };

  const deliver = (end: BatchEnd): void => {
    const { effects } = current.batch;
    settle(end);
    if (effects?.losesAnswer) {
      backendLock.move('stopped');
      effects.onLost?.();
      backend.close();
      client.cut();
    } else if (effects && effects.commitMs > 0 && end.status === 'I' && !end.failed) {
      answerLater(end, effects.commitMs);
    } else answer(end);
  };

  /** The rest of a batch that was split is a batch of its own, unless the first part failed. */
  const endPart = (end: BatchEnd): void => {
    if (end.status === 'E' || end.failed) {
      current.batch.failedPart = end;
      backendLock.move('partFailed');
      return;
    }
    settle(end);
    current.batch = { ...newBatch(), effects: current.batch.effects, isExamined: true };
    backendLock.move('partAnswered');
  };

  const finish = (end: BatchEnd): void => {
    if (backendLock.phase() === 'splitting') endPart(end);
    else deliver(end);
  };

  const onReady = (end: BatchEnd): void => {
    const { exceeded, wrapped } = current.batch;
    if (!exceeded && !wrapped && !end.disputed) {
      finish(end);
      return;
    }
    endBatch({
      ...{ channel, end, exceeded, wrapped, rules, commitValidator },
      write: client.write,
      snapshot: transaction.snapshot(),
      rowLockInspector: deps.lockMonitor,
    })
      .then(finish)
      .catch(backend.close);
  };

  return {
    deliver,
    listener: {
      onReady,
      onChunkEnd: () => {
        client.flush();
        if (backendLock.phase() === 'flushing' && channel.isIdle()) {
          backendLock.move('flushAnswered');
        }
      },
      onRows: (rows) => {
        current.batch.exceeded ||= !rules.countRows(rows);
        return !current.batch.exceeded;
      },
      onTransactionEnd: () => {
        rules.forgetRows();
        current.batch.hasEnded = true;
      },
      isDisputed: (error) =>
        transaction.snapshot() !== undefined &&
        backendLock.phase() !== 'flushing' &&
        constraintCodes.has(decodeError(error)['C'] ?? ''),
    },
  };
};
