import { encodeFrame, type Frame, frontend } from '../protocol/protocol.ts';
import type { BatchReceiver } from './batch-receiver.ts';
import { type BatchSplitter, createBatchSplitter } from './batch-splitter.ts';
import { type BatchStartDeps, createBatchStart } from './batch-start.ts';
import { flushingTypes } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import type { CurrentBatch } from './sync-batch.ts';

/**
 * Creates the sending side of a session: it passes queued messages to PostgreSQL until the
 * connection is in use or the queue is empty.
 */
export const createBatchSender = (
  deps: BatchStartDeps & {
    readonly current: CurrentBatch;
    readonly readStatements: ReadStatements;
    readonly deliver: BatchReceiver['deliver'];
  },
): (() => void) => {
  const { current, queue, stage, channel, transaction, backendLock, readStatements } = deps;
  const { rules, replay, commitValidator } = transaction;
  const mayStart = createBatchStart(deps);
  const splitBatch: BatchSplitter = createBatchSplitter({
    ...{ readStatements, rules, stage, commitValidator },
  });

  /** Drops a message behind an error, up to the end of its batch, as PostgreSQL does. */
  const skip = ({ type }: Frame): void => {
    const { failedPart } = current.batch;
    if (!failedPart || type === frontend.flush || !flushingTypes.has(type)) return;
    backendLock.move('batchSent');
    deps.deliver(failedPart);
  };

  /** Sends the first part of a batch that has to be split at this message. */
  const sendPart = (frame: Frame): boolean => {
    const { batch } = current;
    // An error that is due comes before the COMMIT, and ends the batch.
    if (channel.hasFailed() || batch.wrapped || rules.mustFail()) return false;
    const isOpen = backendLock.phase() === 'forwarding';
    const parts = splitBatch(frame, { isOpen, isLast: batch.isLast, status: transaction.status() });
    if (!parts) return false;
    const [first, rest] = parts;
    queue.putBack(rest);
    backendLock.move('partSent');
    channel.send(first ? stage.next(first) : { bytes: encodeFrame(frontend.sync), expected: [] });
    return true;
  };

  const forward = (frame: Frame): void => {
    const { batch } = current;
    const isFlush = frame.type === frontend.flush;
    batch.hasBound ||= frame.type === frontend.bind;
    if (isFlush) backendLock.move('flushSent');
    else backendLock.move(flushingTypes.has(frame.type) ? 'batchSent' : 'messageSent');
    batch.isLast ||= stage.endsTransaction(frame);
    channel.send(stage.next(frame));
    if (isFlush && channel.isIdle()) backendLock.move('flushAnswered');
  };

  return () => {
    while (!backendLock.isHeld()) {
      const phase = backendLock.phase();
      if (phase === 'between' && !mayStart(current.batch)) return;
      if (phase !== 'skipping' && replay.isSuspended() && queue.frames.length > 0) {
        backendLock.holdFor(() => replay.prepare(stage.firstKind(queue.frames)));
        return;
      }
      const frame = queue.take();
      if (!frame) return;
      if (phase === 'skipping') skip(frame);
      else if (!sendPart(frame)) forward(frame);
    }
  };
};
