import { createCommitValidator } from '../concurrency/commit-validator.ts';
import type { LockMonitor } from '../concurrency/lock-monitor.ts';
import type { NetworkConditions } from '../injection/network-conditions.ts';
import {
  decodeError,
  encodeFrame,
  encodeQuery,
  type Frame,
  frontend,
  invalidFormat,
  type ServiceError,
} from '../protocol/protocol.ts';
import type { SessionClient } from '../server/client.ts';
import type { DsqlLimits } from '../server/limits.ts';
import { controlsTransaction } from '../statements/index.ts';
import type { Backend } from './backend.ts';
import { createBackendLock } from './backend-lock.ts';
import { endBatch } from './batch-end.ts';
import { createBatchSplitter } from './batch-splitter.ts';
import { type BatchEnd, createChannel } from './channel.ts';
import { createMessageQueue, flushingTypes } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import { createReplayLog } from './replay-log.ts';
import { createStatementStage } from './statement-stage.ts';
import { newBatch } from './sync-batch.ts';
import { createTransactionReplay } from './transaction-replay.ts';
import {
  createTransactionRules,
  type TransactionStatus,
  transactionTooOld,
} from './transaction-rules.ts';

export interface Session {
  /** Takes the next message of the client. */
  readonly receive: (frame: Frame) => void;
  /** Ends the session with this error, once what came before it has been answered. */
  readonly refuse: (error: ServiceError) => void;
  /** Ends the session in the database: the client is gone. */
  readonly end: () => void;
}

/** Violations that may be a conflict's: of a unique key, of a foreign key. */
const constraintCodes: ReadonlySet<string> = new Set(['23505', '23503']);

/**
 * Carries one client's messages to PostgreSQL and the answers back.
 *
 * Messages go in batches, each up to its `Sync` or simple `Query`, and a batch starts when PostgreSQL
 * has answered the one before it: so the state of the transaction is known when a statement is
 * judged, while the client may still send as far ahead as it likes.
 */
// biome-ignore lint/complexity/noExcessiveLinesPerFunction: one state, read and written by all of its parts.
export const createSession = (options: {
  readonly backend: Backend;
  readonly client: SessionClient;
  readonly readStatements: ReadStatements;
  readonly lockMonitor: LockMonitor;
  readonly limits: DsqlLimits;
  readonly clock: { readonly now: () => number };
  readonly conditions: NetworkConditions;
}): Session => {
  const { backend, client, lockMonitor, limits, clock, conditions } = options;
  const rules = createTransactionRules(limits.rowsMax);
  const replayLog = createReplayLog();
  const { processId } = backend.key;
  const commitValidator = createCommitValidator({
    lockMonitor,
    processId,
    runInternal: (bytes) => channel.runInternal(bytes),
  });
  const stage = createStatementStage(options.readStatements, rules, replayLog, commitValidator);
  const cut = createBatchSplitter({
    readStatements: options.readStatements,
    rules,
    stage,
    commitValidator,
  });
  const queue = createMessageQueue(client, limits.batchBytesMax);
  let status: TransactionStatus = 'I';
  let batch = newBatch();
  let beganAt = 0;
  /** Ends the session, once all that came before has been answered. */
  let ending: (() => void) | undefined;
  /** The transaction's snapshot, once an error may have to be judged by it. */
  let snapshot: string | undefined;
  /** The client or PostgreSQL is gone, or the client is refused. */
  let isOver = false;

  /** PostgreSQL has carried out a batch, or a part of it. */
  const note = ({ status: next, failed }: BatchEnd): void => {
    const { hasEnded } = batch;
    if ((next === 'I' || hasEnded) && rules.hasDefined() && !failed) lockMonitor.catalogChanged();
    if (next !== 'T' || hasEnded) {
      replayLog.clear();
      replay.forget();
      commitValidator.end(next !== 'E' && !failed);
      snapshot = undefined;
    }
    // COMMIT AND CHAIN has begun the next one.
    if (hasEnded && next === 'T') replay.begin();
    if (status === 'I' || hasEnded) beganAt = clock.now();
    status = next;
    rules.settle(next);
    stage.settle(next !== 'I');
  };

  /** Tells the client where its transaction stands, and goes on. */
  const answer = (end: BatchEnd): void => {
    batch = newBatch();
    client.write(end.message);
    client.release();
    client.flush();
    backendLock.release();
  };

  const leave = (): void => {
    isOver = true;
    backend.close();
  };

  /** An end amid the data of a COPY: there is no more to come. */
  const endCopy = (): void => {
    if (channel.awaitsCopyData()) ending?.();
  };

  /** Answers when that may arrive, if it may; for others it has happened. */
  const deliver = (end: BatchEnd): void => {
    const { effects } = batch;
    note(end);
    if (effects?.losesAnswer) {
      leave();
      client.cut();
    } else if (effects && effects.commitMs > 0 && end.status === 'I' && !end.failed) {
      setTimeout(() => answer(end), effects.commitMs).unref();
    } else answer(end);
  };

  /** PostgreSQL has ended the session: what was on its way may have been committed, or may still be. */
  const abandon = (): void => {
    const hasDefined = rules.hasDefined();
    const settle = (): void => {
      if (hasDefined) lockMonitor.catalogChanged();
      commitValidator.end(true);
    };
    if (hasDefined) lockMonitor.catalogChanged();
    if (backendLock.isHeld()) void lockMonitor.untilBackendEnds(processId).then(settle);
    else settle();
  };

  /** The rest of a batch that was cut before or after its COMMIT is a batch of its own, unless the first part failed. */
  const goOn = (end: BatchEnd): void => {
    if (!batch.isCut) {
      deliver(end);
      return;
    }
    if (end.status !== 'E' && !end.failed) {
      note(end);
      batch = { ...newBatch(), effects: batch.effects, isExamined: true };
    } else {
      batch.skipped = end;
    }
    backendLock.release();
  };

  const channel = createChannel(backend, {
    transactionMsMax: limits.transactionMsMax,
    onAnswer: client.write,
    onCopyIn: () => {
      for (let [next] = queue.frames; next && channel.isCopying(next); [next] = queue.frames) {
        channel.copy(next);
        queue.take();
      }
      endCopy();
    },
    onBacklog: client.pause,
    onDrain: client.resume,
    onChunkEnd: () => {
      client.flush();
      if (batch.isFlushing && channel.isIdle()) {
        batch.isFlushing = false;
        backendLock.release();
      }
    },
    onRows: (rows) => {
      batch.exceeded ||= !rules.countRows(rows);
      return !batch.exceeded;
    },
    onTransactionEnd: () => {
      rules.forgetRows();
      batch.hasEnded = true;
    },
    isDisputed: (error) =>
      snapshot !== undefined &&
      !batch.isFlushing &&
      constraintCodes.has(decodeError(error)['C'] ?? ''),
    onReady: (end) => {
      const { exceeded, wrapped } = batch;
      if (!exceeded && !wrapped && !end.disputed) {
        goOn(end);
        return;
      }
      const { write } = client;
      endBatch({
        ...{ channel, write, end, snapshot, exceeded, wrapped, rules, commitValidator },
        rowLockInspector: lockMonitor,
      }).then(goOn, backend.close);
    },
    onClose: () => {
      isOver = true;
      backendLock.leave();
      replay.forget();
      abandon();
      client.close();
    },
  });
  const replay = createTransactionReplay({
    lockMonitor,
    replayLog,
    rules,
    commitValidator,
    runInternal: channel.runInternal,
  });
  const backendLock = createBackendLock({
    lockMonitor,
    backend,
    onRelease: () => pump(),
    yieldLocks: () => {
      if (replay.isSuspended() || (status !== 'T' && !batch.wrapped)) return;
      // PostgreSQL has let go already, and takes nothing but a Sync.
      if (batch.skipped || channel.hasFailed()) return;
      // A client that waits amid its batch may have portals, which end with the transaction.
      if (batch.hasBound) replayLog.forbidRepetition();
      backendLock.holdFor(replay.suspend);
    },
  });

  /** Whether the batch at hand is doomed before it runs; if so, its transaction has been failed. */
  const isDoomed = (): boolean => {
    if (batch.isExamined) return false;
    const hasWritten = rules.hasWritten() || rules.hasDefined();
    const statements = () => stage.lookAhead(queue.frames);
    const effects = conditions.batch({ statements, status, hasWritten });
    batch.isExamined = true;
    batch.effects = effects;
    if (effects && (effects.losesAnswer || effects.commitMs > 0)) client.hold();
    const isOld = status === 'T' && clock.now() - beganAt > limits.transactionMsMax;
    const error = isOld ? transactionTooOld(limits.transactionMsMax) : effects?.error;
    if (!error || status === 'E') return false;
    const next = stage.firstKind(queue.frames);
    if (next === 'rollback') return false;
    if (status === 'I') rules.failNext(error);
    else backendLock.holdFor(() => replay.fail(next, error));
    return status === 'T';
  };

  /** Starts a batch outside of a transaction, in one that the client does not know of if need be. */
  const startFresh = (): void => {
    replay.begin();
    commitValidator.begin();
    const statements = stage.lookAhead(queue.frames);
    const stopsAmid = queue.flushesAmidBatch() && stage.mayWrap(queue.frames);
    batch.wrapped = stopsAmid || commitValidator.needsTransaction(statements);
    if (stopsAmid) rules.enterBlock();
    if (batch.wrapped) void channel.runInternal(encodeQuery('BEGIN'));
    else if (!statements.some(({ kind }) => controlsTransaction.has(kind))) {
      commitValidator.commit(statements);
    }
  };

  /** Whether the next batch may start; if not, something has been set going that will call again. */
  const mayStart = (): boolean => {
    queue.dropCopyData();
    if (status !== 'E' && !queue.hasWholeBatch()) {
      queue.readOn();
      return false;
    }
    const isolation = conditions.isolation();
    if (isolation !== undefined) {
      void isolation.then(pump);
      return false;
    }
    if (isDoomed()) return false;
    if (status === 'I') startFresh();
    if (status !== 'T') return true;
    const next = stage.firstKind(queue.frames);
    if (!commitValidator.hasBegun()) commitValidator.begin();
    if (replay.mustPrepare(next)) backendLock.holdFor(() => replay.prepare(next));
    else if (
      snapshot === undefined &&
      commitValidator.hasBegun() &&
      commitValidator.mayMeetNewKeys(stage.lookAhead(queue.frames))
    ) {
      backendLock.holdFor(async () => {
        const { value } = await channel.runInternal(encodeQuery('SELECT pg_current_snapshot()'));
        snapshot = value ?? '';
      });
    } else return true;
    return false;
  };

  /** Drops what follows an error up to the end of its batch, as PostgreSQL would. */
  const skip = (end: BatchEnd, { type }: Frame): void => {
    if (type === frontend.flush || !flushingTypes.has(type)) return;
    backendLock.acquire();
    deliver(end);
  };

  /**
   * Ends a part of a batch before its COMMIT, if others have to be heard before that, and behind it, since what follows
   * belongs to another transaction.
   */
  const isCut = (frame: Frame): boolean => {
    // What is to fail does so before its COMMIT, and that ends the batch.
    if (channel.hasFailed() || batch.wrapped || rules.mustFail()) return false;
    const parts = cut(frame, batch, status);
    if (!parts) return false;
    const [first, rest] = parts;
    batch.isCut = true;
    queue.putBack(rest);
    backendLock.acquire();
    channel.send(first ? stage.next(first) : { bytes: encodeFrame(frontend.sync), expected: [] });
    return true;
  };

  const forward = (frame: Frame): void => {
    const isFlush = frame.type === frontend.flush;
    batch.isOpen = true;
    batch.isFlushing = isFlush;
    batch.hasBound ||= frame.type === frontend.bind;
    if (flushingTypes.has(frame.type)) backendLock.acquire();
    batch.isLast ||= stage.endsTransaction(frame);
    channel.send(stage.next(frame));
    if (isFlush && channel.isIdle()) {
      batch.isFlushing = false;
      backendLock.release();
    }
  };

  const advance = (): void => {
    while (!backendLock.isHeld()) {
      if (batch.skipped) {
        const frame = queue.take();
        if (!frame) return;
        skip(batch.skipped, frame);
        continue;
      }
      if (!batch.isOpen && !mayStart()) return;
      if (replay.isSuspended() && queue.frames.length > 0) {
        backendLock.holdFor(() => replay.prepare(stage.firstKind(queue.frames)));
        return;
      }
      const frame = queue.take();
      if (!frame) return;
      if (!isCut(frame)) forward(frame);
    }
  };

  const refuse = (error: ServiceError): void => {
    isOver = true;
    client.refuse(error);
    backend.abort();
  };

  /** Called by timers and answers too, where nobody would catch what a client's message throws. */
  const pump = (): void => {
    if (isOver) return;
    try {
      advance();
    } catch {
      refuse(invalidFormat);
    }
    if (isOver) return;
    const error = queue.overflow();
    if (error) refuse(error);
    else if (!backendLock.isHeld() && !queue.hasWholeBatch()) ending?.();
  };

  return {
    receive: (frame) => {
      if (isOver || ending) return;
      if (frame.type === frontend.terminate) {
        ending = leave;
        endCopy();
      } else if (channel.isCopying(frame)) {
        channel.copy(frame);
        return;
      } else queue.add(frame, backendLock.isHeld());
      pump();
    },
    refuse: (error) => {
      ending = () => refuse(error);
      endCopy();
      pump();
    },
    // What was sent before a goodbye is carried out, though nobody hears of it.
    end: () => {
      if (isOver) return;
      if (!backendLock.isHeld()) backend.close();
      else if (ending !== leave) backend.abort();
    },
  };
};
