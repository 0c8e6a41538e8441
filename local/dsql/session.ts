import type { Arbiter } from './arbiter.ts';
import type { Backend } from './backend.ts';
import { createChannel } from './channel.ts';
import { concludeUnit } from './conclusion.ts';
import { createJournal } from './journal.ts';
import { createStatementStage } from './messages.ts';
import { encodeFrame, encodeQuery, type Frame, frontend, backend as reply } from './protocol.ts';
import { createRewinder } from './rewind.ts';
import type { ReadStatements } from './statement-names.ts';
import { createTransactionRules, type TransactionStatus } from './transaction-rules.ts';
import { createTurn } from './turn.ts';
import { createWaitingRoom, unitEnds } from './waiting-room.ts';

/** The client's side of a session, as far as the session needs it. */
export interface SessionClient {
  readonly write: (bytes: Buffer) => void;
  /** Sends what was written since the last time as few packets. */
  readonly flush: () => void;
  /** Stops and restarts the client's messages while it is ahead of the database. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly close: () => void;
}

export interface Session {
  /** Takes the next message of the client. */
  readonly receive: (frame: Frame) => void;
  /** Ends the session in the database: the client is gone. */
  readonly end: () => void;
}

/** During COPY these go straight on. PostgreSQL skips a Sync that it meets there, so the one after the data must too. */
const copyMessages: ReadonlySet<number> = new Set([
  frontend.copyData,
  frontend.copyDone,
  frontend.copyFail,
  frontend.sync,
]);

/**
 * Carries one client's messages to PostgreSQL and the answers back.
 *
 * Messages go in units, each up to its `Sync` or simple `Query`, and a unit starts when PostgreSQL
 * has answered the one before it: so the state of the transaction is known when a statement is
 * judged, while the client may still send as far ahead as it likes.
 */
export const createSession = (options: {
  readonly backend: Backend;
  readonly client: SessionClient;
  readonly readStatements: ReadStatements;
  readonly arbiter: Arbiter;
}): Session => {
  const { backend, client, arbiter } = options;
  const rules = createTransactionRules();
  const journal = createJournal();
  const stage = createStatementStage(options.readStatements, rules, journal);
  const waiting = createWaitingRoom(client);
  let status: TransactionStatus = 'I';
  let unitOpen = false;
  /** The transaction has written more rows than it may. */
  let exceeded = false;
  /** A statement outside of a transaction runs in one, so that it can still be undone. */
  let wrapped = false;

  /** Tells the client where its transaction stands, and goes on. */
  const settle = (next: TransactionStatus, failed: boolean): void => {
    if (next === 'I' && rules.hasDefined() && !failed) arbiter.catalogChanged();
    if (next !== 'T') {
      journal.clear();
      rewinder.forget();
    }
    status = next;
    rules.settle(next);
    unitOpen = false;
    exceeded = false;
    wrapped = false;
    client.write(encodeFrame(reply.readyForQuery, Buffer.from(next)));
    client.flush();
    turn.end();
  };

  const channel = createChannel(backend, {
    onAnswer: client.write,
    onBatchEnd: client.flush,
    onRows: (rows) => {
      exceeded ||= !rules.countRows(rows);
      return !exceeded;
    },
    onReady: (next, failed) => {
      const unit = { channel, write: client.write, status: next, exceeded, wrapped };
      if (exceeded || wrapped) concludeUnit(unit).then((end) => settle(end, true), backend.close);
      else settle(next, failed);
    },
    onClose: () => {
      turn.leave();
      rewinder.forget();
      client.close();
    },
  });
  const rewinder = createRewinder({ arbiter, journal, rules, ask: channel.ask });
  const turn = createTurn({
    arbiter,
    backend,
    onEnd: () => pump(),
    yieldLocks: () => {
      if (!unitOpen && status === 'T' && !rewinder.isRewound()) turn.use(rewinder.rewind);
    },
  });

  /** Whether the next unit may start; if not, something has been set going that will call again. */
  const mayStart = (): boolean => {
    if (status !== 'E' && !waiting.hasWholeUnit()) return false;
    if (status === 'I') {
      rewinder.begin();
      wrapped = stage.mayExceedRows(waiting.frames);
      if (wrapped) void channel.ask(encodeQuery('BEGIN'));
      return true;
    }
    const next = stage.firstKind(waiting.frames);
    if (status !== 'T' || !rewinder.needsPreparation(next)) return true;
    turn.use(() => rewinder.prepare(next));
    return false;
  };

  const pump = (): void => {
    while (!turn.isTaken()) {
      if (!unitOpen && !mayStart()) return;
      const frame = waiting.take();
      if (!frame) return;
      unitOpen = true;
      if (frame.type !== frontend.flush && unitEnds.has(frame.type)) turn.take();
      channel.send(stage.next(frame));
    }
  };

  return {
    receive: (frame) => {
      if (frame.type === frontend.terminate) {
        backend.close();
      } else if (channel.isCopying() && copyMessages.has(frame.type)) {
        channel.copy(frame.bytes);
      } else {
        waiting.add(frame, turn.isTaken());
        pump();
      }
    },
    end: () => (turn.isTaken() ? backend.abort() : backend.close()),
  };
};
