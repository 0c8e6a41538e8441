import type { Channel } from '../backend/channel.ts';
import type { NetworkConditions } from '../injection/network-conditions.ts';
import { encodeQuery } from '../protocol/protocol.ts';
import { controlsTransaction } from '../statements/index.ts';
import type { BackendLock } from './backend-lock.ts';
import type { MessageQueue } from './message-queue.ts';
import type { SessionClient } from './session-client.ts';
import type { StatementStage } from './statement-stage.ts';
import type { SyncBatch } from './sync-batch.ts';
import type { SessionTransaction } from './transaction/session-transaction.ts';

/** The parts that a batch needs to start. */
export type BatchStartDeps = {
  readonly client: SessionClient;
  readonly channel: Channel;
  readonly conditions: NetworkConditions;
  readonly queue: MessageQueue;
  readonly stage: StatementStage;
  readonly transaction: SessionTransaction;
  readonly backendLock: BackendLock;
};

/**
 * Creates the check before each batch. It returns whether the batch may start. If not, it has
 * started work of the session's own, or waits for the client or the network. Each of them wakes the
 * session, which then asks again.
 */
export const createBatchStart = (deps: BatchStartDeps): ((batch: SyncBatch) => boolean) => {
  const { client, channel, conditions, queue, stage, transaction, backendLock } = deps;
  const { rules, replay, commitValidator } = transaction;

  /** Whether the transaction fails in place of the batch; its failure is on the way then. */
  const failsFirst = (batch: SyncBatch): boolean => {
    if (batch.isExamined) return false;
    const status = transaction.status();
    const hasWritten = rules.hasWritten() || rules.hasDefined();
    const statements = () => stage.lookAhead(queue.frames);
    const effects = conditions.effectsOn({ statements, status, hasWritten });
    batch.isExamined = true;
    batch.effects = effects;
    if (effects && (effects.losesAnswer || effects.commitMs > 0)) client.hold();
    const error = transaction.ageError() ?? effects?.error;
    if (!error || status === 'E') return false;
    const next = stage.firstKind(queue.frames);
    if (next === 'rollback') return false;
    if (status === 'I') rules.failNext(error);
    else backendLock.holdFor(() => replay.fail(next, error));
    return status === 'T';
  };

  /** Starts a batch outside of a transaction, in a hidden one if it has to be validated. */
  const startOutside = (batch: SyncBatch): void => {
    replay.begin();
    commitValidator.begin();
    const statements = stage.lookAhead(queue.frames);
    const flushesAmid = queue.flushesAmidBatch() && stage.mayWrap(queue.frames);
    batch.wrapped = flushesAmid || commitValidator.needsTransaction(statements);
    if (flushesAmid) rules.enterBlock();
    if (batch.wrapped) void channel.runInternal(encodeQuery('BEGIN'));
    else if (!statements.some(({ kind }) => controlsTransaction.has(kind))) {
      commitValidator.commit(statements);
    }
  };

  /** The session's own queries that have to run before a batch inside of a transaction. */
  const queriesBefore = (): (() => Promise<void>) | undefined => {
    const next = stage.firstKind(queue.frames);
    if (!commitValidator.hasBegun()) commitValidator.begin();
    if (replay.mustPrepare(next)) return () => replay.prepare(next);
    const needsSnapshot =
      transaction.snapshot() === undefined &&
      commitValidator.hasBegun() &&
      commitValidator.mayMeetNewKeys(stage.lookAhead(queue.frames));
    return needsSnapshot ? transaction.readSnapshot : undefined;
  };

  return (batch) => {
    queue.dropCopyData();
    if (transaction.status() !== 'E' && !queue.hasWholeBatch()) {
      queue.readOn();
      return false;
    }
    const isolation = conditions.isolation();
    if (isolation !== undefined) {
      void isolation.then(backendLock.wake);
      return false;
    }
    if (failsFirst(batch)) return false;
    if (transaction.status() === 'I') startOutside(batch);
    if (transaction.status() !== 'T') return true;
    const queries = queriesBefore();
    if (queries) backendLock.holdFor(queries);
    return queries === undefined;
  };
};
