import { createCommitValidator } from '../concurrency/commit-validator.ts';
import type { LockMonitor } from '../concurrency/lock-monitor.ts';
import type { Conditions } from '../injection/network-conditions.ts';
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
import { createTurn } from './backend-lock.ts';
import { concludeUnit } from './batch-end.ts';
import { createCuts } from './batch-splitter.ts';
import { createChannel, type UnitEnd } from './channel.ts';
import { createWaitingRoom, unitEnds } from './message-queue.ts';
import type { ReadStatements } from './prepared-statements.ts';
import { createJournal } from './replay-log.ts';
import { createStatementStage } from './statement-stage.ts';
import { newUnit } from './sync-batch.ts';
import { createRewinder } from './transaction-replay.ts';
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
 * Messages go in units, each up to its `Sync` or simple `Query`, and a unit starts when PostgreSQL
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
  readonly conditions: Conditions;
}): Session => {
  const { backend, client, lockMonitor, limits, clock, conditions } = options;
  const rules = createTransactionRules(limits.rowsMax);
  const journal = createJournal();
  const { processId } = backend.key;
  const commitValidator = createCommitValidator({
    lockMonitor,
    processId,
    runInternal: (bytes) => channel.ask(bytes),
  });
  const stage = createStatementStage(options.readStatements, rules, journal, commitValidator);
  const cut = createCuts({ readStatements: options.readStatements, rules, stage, commitValidator });
  const waiting = createWaitingRoom(client, limits.unitBytesMax);
  let status: TransactionStatus = 'I';
  let unit = newUnit();
  let beganAt = 0;
  /** Ends the session, once all that came before has been answered. */
  let ending: (() => void) | undefined;
  /** The transaction's snapshot, once an error may have to be judged by it. */
  let snapshot: string | undefined;
  /** The client or PostgreSQL is gone, or the client is refused. */
  let isOver = false;

  /** PostgreSQL has carried out a unit, or a part of it. */
  const note = ({ status: next, failed }: UnitEnd): void => {
    const { hasEnded } = unit;
    if ((next === 'I' || hasEnded) && rules.hasDefined() && !failed) lockMonitor.catalogChanged();
    if (next !== 'T' || hasEnded) {
      journal.clear();
      rewinder.forget();
      commitValidator.end(next !== 'E' && !failed);
      snapshot = undefined;
    }
    // COMMIT AND CHAIN has begun the next one.
    if (hasEnded && next === 'T') rewinder.begin();
    if (status === 'I' || hasEnded) beganAt = clock.now();
    status = next;
    rules.settle(next);
    stage.settle(next !== 'I');
  };

  /** Tells the client where its transaction stands, and goes on. */
  const answer = (end: UnitEnd): void => {
    unit = newUnit();
    client.write(end.message);
    client.release();
    client.flush();
    turn.end();
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
  const deliver = (end: UnitEnd): void => {
    const { fate } = unit;
    note(end);
    if (fate?.losesAnswer) {
      leave();
      client.cut();
    } else if (fate && fate.commitMs > 0 && end.status === 'I' && !end.failed) {
      setTimeout(() => answer(end), fate.commitMs).unref();
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
    if (turn.isTaken()) void lockMonitor.untilBackendEnds(processId).then(settle);
    else settle();
  };

  /** The rest of a unit that was cut before or after its COMMIT is a unit of its own, unless the first part failed. */
  const goOn = (end: UnitEnd): void => {
    if (!unit.isCut) {
      deliver(end);
      return;
    }
    if (end.status !== 'E' && !end.failed) {
      note(end);
      unit = { ...newUnit(), fate: unit.fate, isJudged: true };
    } else {
      unit.skipped = end;
    }
    turn.end();
  };

  const channel = createChannel(backend, {
    transactionMsMax: limits.transactionMsMax,
    onAnswer: client.write,
    onCopyIn: () => {
      for (let [next] = waiting.frames; next && channel.isCopying(next); [next] = waiting.frames) {
        channel.copy(next);
        waiting.take();
      }
      endCopy();
    },
    onBacklog: client.pause,
    onDrain: client.resume,
    onBatchEnd: () => {
      client.flush();
      if (unit.isFlushing && channel.isIdle()) {
        unit.isFlushing = false;
        turn.end();
      }
    },
    onRows: (rows) => {
      unit.exceeded ||= !rules.countRows(rows);
      return !unit.exceeded;
    },
    onTransactionEnd: () => {
      rules.forgetRows();
      unit.hasEnded = true;
    },
    isDisputed: (error) =>
      snapshot !== undefined &&
      !unit.isFlushing &&
      constraintCodes.has(decodeError(error)['C'] ?? ''),
    onReady: (end) => {
      const { exceeded, wrapped } = unit;
      if (!exceeded && !wrapped && !end.disputed) {
        goOn(end);
        return;
      }
      const { write } = client;
      concludeUnit({
        ...{ channel, write, end, snapshot, exceeded, wrapped, rules, commitValidator },
        rowLockInspector: lockMonitor,
      }).then(goOn, backend.close);
    },
    onClose: () => {
      isOver = true;
      turn.leave();
      rewinder.forget();
      abandon();
      client.close();
    },
  });
  const rewinder = createRewinder({
    lockMonitor,
    journal,
    rules,
    commitValidator,
    ask: channel.ask,
  });
  const turn = createTurn({
    lockMonitor,
    backend,
    onEnd: () => pump(),
    yieldLocks: () => {
      if (rewinder.isRewound() || (status !== 'T' && !unit.wrapped)) return;
      // PostgreSQL has let go already, and takes nothing but a Sync.
      if (unit.skipped || channel.hasFailed()) return;
      // A client that waits amid its unit may have portals, which end with the transaction.
      if (unit.hasBound) journal.spoil();
      turn.use(rewinder.rewind);
    },
  });

  /** Whether the unit at hand is doomed before it runs; if so, its transaction has been failed. */
  const isDoomed = (): boolean => {
    if (unit.isJudged) return false;
    const hasWritten = rules.hasWritten() || rules.hasDefined();
    const statements = () => stage.lookAhead(waiting.frames);
    const fate = conditions.unit({ statements, status, hasWritten });
    unit.isJudged = true;
    unit.fate = fate;
    if (fate && (fate.losesAnswer || fate.commitMs > 0)) client.hold();
    const isOld = status === 'T' && clock.now() - beganAt > limits.transactionMsMax;
    const error = isOld ? transactionTooOld(limits.transactionMsMax) : fate?.error;
    if (!error || status === 'E') return false;
    const next = stage.firstKind(waiting.frames);
    if (next === 'rollback') return false;
    if (status === 'I') rules.failNext(error);
    else turn.use(() => rewinder.fail(next, error));
    return status === 'T';
  };

  /** Starts a unit outside of a transaction, in one that the client does not know of if need be. */
  const startFresh = (): void => {
    rewinder.begin();
    commitValidator.begin();
    const statements = stage.lookAhead(waiting.frames);
    const stopsAmid = waiting.stopsAmidUnit() && stage.mayWrap(waiting.frames);
    unit.wrapped = stopsAmid || commitValidator.needsTransaction(statements);
    if (stopsAmid) rules.enterBlock();
    if (unit.wrapped) void channel.ask(encodeQuery('BEGIN'));
    else if (!statements.some(({ kind }) => controlsTransaction.has(kind))) {
      commitValidator.commit(statements);
    }
  };

  /** Whether the next unit may start; if not, something has been set going that will call again. */
  const mayStart = (): boolean => {
    waiting.dropCopyData();
    if (status !== 'E' && !waiting.hasWholeUnit()) {
      waiting.readOn();
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
    const next = stage.firstKind(waiting.frames);
    if (!commitValidator.hasBegun()) commitValidator.begin();
    if (rewinder.needsPreparation(next)) turn.use(() => rewinder.prepare(next));
    else if (
      snapshot === undefined &&
      commitValidator.hasBegun() &&
      commitValidator.mayMeetNewKeys(stage.lookAhead(waiting.frames))
    ) {
      turn.use(async () => {
        const { value } = await channel.ask(encodeQuery('SELECT pg_current_snapshot()'));
        snapshot = value ?? '';
      });
    } else return true;
    return false;
  };

  /** Drops what follows an error up to the end of its unit, as PostgreSQL would. */
  const skip = (end: UnitEnd, { type }: Frame): void => {
    if (type === frontend.flush || !unitEnds.has(type)) return;
    turn.take();
    deliver(end);
  };

  /**
   * Ends a part of a unit before its COMMIT, if others have to be heard before that, and behind it, since what follows
   * belongs to another transaction.
   */
  const isCut = (frame: Frame): boolean => {
    // What is to fail does so before its COMMIT, and that ends the unit.
    if (channel.hasFailed() || unit.wrapped || rules.mustFail()) return false;
    const parts = cut(frame, unit, status);
    if (!parts) return false;
    const [first, rest] = parts;
    unit.isCut = true;
    waiting.putBack(rest);
    turn.take();
    channel.send(first ? stage.next(first) : { bytes: encodeFrame(frontend.sync), expected: [] });
    return true;
  };

  const forward = (frame: Frame): void => {
    const isFlush = frame.type === frontend.flush;
    unit.isOpen = true;
    unit.isFlushing = isFlush;
    unit.hasBound ||= frame.type === frontend.bind;
    if (unitEnds.has(frame.type)) turn.take();
    unit.isLast ||= stage.endsTransaction(frame);
    channel.send(stage.next(frame));
    if (isFlush && channel.isIdle()) {
      unit.isFlushing = false;
      turn.end();
    }
  };

  const advance = (): void => {
    while (!turn.isTaken()) {
      if (unit.skipped) {
        const frame = waiting.take();
        if (!frame) return;
        skip(unit.skipped, frame);
        continue;
      }
      if (!unit.isOpen && !mayStart()) return;
      if (rewinder.isRewound() && waiting.frames.length > 0) {
        turn.use(() => rewinder.prepare(stage.firstKind(waiting.frames)));
        return;
      }
      const frame = waiting.take();
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
    const error = waiting.overflow();
    if (error) refuse(error);
    else if (!turn.isTaken() && !waiting.hasWholeUnit()) ending?.();
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
      } else waiting.add(frame, turn.isTaken());
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
      if (!turn.isTaken()) backend.close();
      else if (ending !== leave) backend.abort();
    },
  };
};
