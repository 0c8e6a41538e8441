import {
  copyMessages,
  type Frame,
  frontend,
  readStatus,
  backend as reply,
  type TransactionStatus,
} from '../protocol/protocol.ts';
import type { Backend } from './backend.ts';
import { createExchange, type Exchange, type ExchangeResult } from './exchange.ts';
import type { Outgoing } from './outgoing.ts';
import { createReplies, dsqlError } from './replies.ts';

/**
 * A connection to PostgreSQL for the client's messages and the session's own, never both at once.
 */
export interface Channel {
  /** Sends a message of the client in its form for PostgreSQL. The answers go to the client. */
  readonly send: (outgoing: Outgoing) => void;
  /**
   * Whether a message belongs to the COPY for which PostgreSQL waits: pass it to `copy` at once.
   */
  readonly isCopying: (frame: Frame) => boolean;
  readonly copy: (frame: Frame) => void;
  readonly awaitsCopyData: () => boolean;
  /** Whether no further answer is due to the messages that were sent. */
  readonly isIdle: () => boolean;
  /** Whether PostgreSQL skips messages up to the Sync, because of an error. */
  readonly hasFailed: () => boolean;
  /** An error to a message of the session's own, in DSQL's words for the client. */
  readonly wordError: (error: Buffer) => Buffer;
  /** Sends messages of the session's own, ended by a Query or Sync. The client sees no answer. */
  readonly runInternal: (bytes: Buffer) => Promise<ExchangeResult>;
  /** Takes PostgreSQL's answers from now on; call once, before anything is sent. */
  readonly listen: (listener: ChannelListener) => void;
}

export type ChannelListener = {
  /** Bytes for the client. */
  readonly onAnswer: (bytes: Buffer) => void;
  /** PostgreSQL waits for the data of a COPY. Some of it may be queued. */
  readonly onCopyIn: () => void;
  /** A statement has written rows; `false` keeps its completion from the client. */
  readonly onRows: (rows: number) => boolean;
  /**
   * PostgreSQL has run a COMMIT or ROLLBACK. The rest of the batch belongs to another transaction.
   */
  readonly onTransactionEnd: () => void;
  /** Whether an error has to be judged before the client may see it. */
  readonly isDisputed: (error: Buffer) => boolean;
  /** PostgreSQL has answered a batch. The client has not got its ReadyForQuery. */
  readonly onReady: (end: BatchEnd) => void;
  /** PostgreSQL reads more slowly than messages come, until `onDrain`. */
  readonly onBacklog: () => void;
  readonly onDrain: () => void;
  readonly onChunkEnd: () => void;
  readonly onClose: () => void;
};

/** PostgreSQL's end of a batch. */
export type BatchEnd = {
  readonly status: TransactionStatus;
  readonly failed: boolean;
  /** An error that the client has not seen. */
  readonly disputed: Buffer | undefined;
  /** The ReadyForQuery message for the client. */
  readonly message: Buffer;
};

const copyEnds: ReadonlySet<number> = new Set([frontend.copyDone, frontend.copyFail]);

/** @param transactionMsMax age of a transaction, for the error of a statement that outlives it */
export const createChannel = (backend: Backend, transactionMsMax: number): Channel => {
  let listener: ChannelListener | undefined;
  const replies = createReplies(
    transactionMsMax,
    (rows) => listener?.onRows(rows) ?? true,
    () => listener?.onTransactionEnd(),
  );
  let exchange: Exchange | undefined;
  /** The messages of a COPY that the client still sends. */
  let copying: 'data' | 'sync' | undefined;
  /** COPYs whose data was sent before PostgreSQL asked for it. */
  let copiesAhead = 0;
  let failed = false;
  let disputed: Buffer | undefined;
  const receive = (frame: Frame, to: ChannelListener): void => {
    if (exchange) {
      exchange.next(frame);
      if (frame.type === reply.readyForQuery) exchange = undefined;
      return;
    }
    const bytes = replies.next(frame);
    if (frame.type === reply.errorResponse && to.isDisputed(frame.bytes)) {
      disputed = frame.bytes;
    } else if (bytes && frame.type !== reply.readyForQuery) {
      to.onAnswer(bytes);
    }
    if (frame.type === reply.copyInResponse) {
      if (copiesAhead > 0) copiesAhead -= 1;
      else {
        copying = 'data';
        to.onCopyIn();
      }
    }
    if (frame.type === reply.errorResponse) failed = true;
    if (frame.type !== reply.readyForQuery) return;
    const message = frame.bytes;
    const end: BatchEnd = { status: readStatus(message), failed, disputed, message };
    copying = undefined;
    copiesAhead = 0;
    failed = false;
    disputed = undefined;
    to.onReady(end);
  };
  return {
    send: ({ bytes, expected }) => {
      if (copyEnds.has(bytes[0] ?? 0)) copiesAhead += 1;
      replies.expect(expected);
      backend.write(bytes);
    },
    isIdle: replies.isIdle,
    hasFailed: () => failed,
    wordError: (error) => dsqlError(error, transactionMsMax),
    // PostgreSQL ignores a Sync before the end of the data, so that another one follows. It refuses
    // other messages.
    isCopying: ({ type }) =>
      copying === 'data' ||
      (copying === 'sync' && (copyMessages.has(type) || type === frontend.sync)),
    awaitsCopyData: () => copying === 'data',
    copy: ({ type, bytes }) => {
      backend.write(bytes);
      if (copyEnds.has(type)) copying = replies.answersQuery() ? undefined : 'sync';
      else if (copying === 'sync' && type === frontend.sync) copying = undefined;
    },
    runInternal: (bytes) => {
      exchange = createExchange();
      backend.write(bytes);
      return exchange.result;
    },
    listen: (next) => {
      listener = next;
      const { onBacklog, onDrain, onChunkEnd, onClose } = next;
      backend.attach({
        ...{ onBacklog, onDrain, onChunkEnd, onClose },
        onFrame: (frame) => receive(frame, next),
      });
    },
  };
};
