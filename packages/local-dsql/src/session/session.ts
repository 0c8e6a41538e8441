import type { Backend } from '../backend/backend.ts';
import { createChannel } from '../backend/channel.ts';
import type { LockMonitor } from '../concurrency/lock-monitor.ts';
import type { NetworkConditions } from '../injection/network-conditions.ts';
import { type Frame, frontend, invalidFormat, type ServiceError } from '../protocol/protocol.ts';
import { createBackendLock } from './backend-lock.ts';
import { createBatchReceiver } from './batch-receiver.ts';
import { createBatchSender } from './batch-sender.ts';
import { createMessageQueue } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import type { SessionClient } from './session-client.ts';
import { createStatementStage } from './statement-stage.ts';
import { type CurrentBatch, newBatch } from './sync-batch.ts';
import { createSessionTransaction, type SessionLimits } from './transaction/session-transaction.ts';

/** A client's session on a connection to PostgreSQL of its own. */
export interface Session {
  /** Takes the next message of the client. */
  readonly receive: (frame: Frame) => void;
  /** Ends the session with this error, once its earlier messages have been answered. */
  readonly endWithError: (error: ServiceError) => void;
  /** Ends the session in PostgreSQL, because the client is gone. */
  readonly end: () => void;
}

export type SessionOptions = {
  readonly backend: Backend;
  readonly client: SessionClient;
  readonly readStatements: ReadStatements;
  readonly lockMonitor: LockMonitor;
  readonly limits: SessionLimits;
  readonly clock: { readonly now: () => number };
  readonly conditions: NetworkConditions;
};

/** The end of a session that waits for the answers to earlier messages. */
type Ending =
  | { readonly kind: 'terminate' }
  | { readonly kind: 'error'; readonly error: ServiceError };

/** Creates the parts of a session, each from those before it. */
const createParts = (options: SessionOptions) => {
  const { backend, client, readStatements, lockMonitor, limits, clock, conditions } = options;
  const { processId } = backend.key;
  const channel = createChannel(backend, limits.transactionMsMax);
  const transaction = createSessionTransaction({ channel, lockMonitor, processId, limits, clock });
  const { rules, replayLog, commitValidator } = transaction;
  const stage = createStatementStage(readStatements, rules, replayLog, commitValidator);
  const queue = createMessageQueue(client, limits.batchBytesMax);
  const backendLock = createBackendLock(lockMonitor, backend);
  const current: CurrentBatch = { batch: newBatch() };
  const shared = { current, client, channel, queue, stage, transaction, backendLock };
  const receiver = createBatchReceiver({ ...shared, backend, lockMonitor });
  const send = createBatchSender({
    ...{ ...shared, conditions, readStatements },
    deliver: receiver.deliver,
  });
  return { ...shared, receiver, send };
};

type Parts = ReturnType<typeof createParts>;

/** Releases the session's row locks, unless its transaction cannot be repeated later. */
const yieldLocks = ({ current, channel, transaction, backendLock }: Parts): void => {
  const { batch } = current;
  const { replay, replayLog } = transaction;
  if (replay.isSuspended() || (transaction.status() !== 'T' && !batch.wrapped)) return;
  // PostgreSQL has released them already, and takes nothing but a Sync.
  if (backendLock.phase() === 'skipping' || channel.hasFailed()) return;
  // A client in the middle of a batch may have portals, which end with the transaction.
  if (batch.hasBound) replayLog.forbidRepetition();
  backendLock.holdFor(replay.suspend);
};

/**
 * Creates a session, which carries one client's messages to PostgreSQL and the answers back.
 *
 * Messages go in batches, each up to its `Sync` or simple `Query`. A batch starts when PostgreSQL
 * has answered the one before it. So the state of the transaction is known when a statement is
 * judged, while the client may send as far ahead as it likes. `session-phase.ts` lists the phases.
 */
export const createSession = (options: SessionOptions): Session => {
  const { backend, client } = options;
  const parts = createParts(options);
  const { channel, queue, transaction, backendLock, receiver, send } = parts;
  let ending: Ending | undefined;

  const stopWithError = (error: ServiceError): void => {
    backendLock.move('stopped');
    client.closeWithError(error);
    backend.abort();
  };

  const finishEnding = (): void => {
    if (ending?.kind === 'error') stopWithError(ending.error);
    if (ending?.kind !== 'terminate') return;
    backendLock.move('stopped');
    backend.close();
  };

  /** Ends the session in the middle of a COPY, for which no more data comes. */
  const endCopy = (): void => {
    if (channel.awaitsCopyData()) finishEnding();
  };

  /** Timers and answers call it too, so that it handles the errors of a client's message itself. */
  const pump = (): void => {
    if (backendLock.isOver()) return;
    try {
      send();
    } catch {
      stopWithError(invalidFormat);
    }
    if (backendLock.isOver()) return;
    const error = queue.overflow();
    if (error) stopWithError(error);
    else if (!backendLock.isHeld() && !queue.hasWholeBatch()) finishEnding();
  };

  backendLock.listen({ onFree: pump, yieldLocks: () => yieldLocks(parts) });
  channel.listen({
    ...receiver.listener,
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
    onClose: () => {
      const isRunning = backendLock.isHeld();
      backendLock.move('stopped');
      backendLock.leave();
      transaction.abandon(isRunning);
      client.close();
    },
  });

  return {
    receive: (frame) => {
      if (backendLock.isOver() || ending) return;
      if (frame.type === frontend.terminate) {
        ending = { kind: 'terminate' };
        endCopy();
      } else if (channel.isCopying(frame)) {
        channel.copy(frame);
        return;
      } else queue.add(frame, backendLock.isHeld());
      pump();
    },
    endWithError: (error) => {
      ending = { kind: 'error', error };
      endCopy();
      pump();
    },
    // Messages before a Terminate are run, although no client hears of them.
    end: () => {
      if (backendLock.isOver()) return;
      if (!backendLock.isHeld()) backend.close();
      else if (ending?.kind !== 'terminate') backend.abort();
    },
  };
};
