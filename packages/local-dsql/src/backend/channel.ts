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

/** A connection to PostgreSQL that carries the client's messages and the session's own, never both at once. */
export interface Channel {
  /** Sends what a message of the client became; the answers go to the client. */
  readonly send: (outgoing: Outgoing) => void;
  /** Whether a message belongs to the COPY for which PostgreSQL waits, and goes straight on with `copy`. */
  readonly isCopying: (frame: Frame) => boolean;
  readonly copy: (frame: Frame) => void;
  readonly awaitsCopyData: () => boolean;
  /** Whether everything that was sent has been answered, as far as it will be. */
  readonly isIdle: () => boolean;
  /** Whether PostgreSQL skips everything up to the Sync that ends the batch, because of an error. */
  readonly hasFailed: () => boolean;
  /** PostgreSQL's error to a question of the session's own, as DSQL words it for the client. */
  readonly wordError: (error: Buffer) => Buffer;
  /** Sends messages of the session's own, ended by a Query or Sync; the client sees nothing of it. */
  readonly runInternal: (bytes: Buffer) => Promise<ExchangeResult>;
  /** Takes PostgreSQL's answers from now on; call once, before anything is sent. */
  readonly listen: (listener: ChannelListener) => void;
}

export type ChannelListener = {
  /** Bytes for the client. */
  readonly onAnswer: (bytes: Buffer) => void;
  /** PostgreSQL waits for the data of a COPY, of which some may have come before. */
  readonly onCopyIn: () => void;
  /** A statement has written rows; `false` keeps its completion from the client. */
  readonly onRows: (rows: number) => boolean;
  /** A COMMIT or ROLLBACK has been carried out; what follows in its batch belongs to another transaction. */
  readonly onTransactionEnd: () => void;
  /** Whether an error has to be looked into before the client may see it. */
  readonly isDisputed: (error: Buffer) => boolean;
  /** PostgreSQL has answered a batch of the client's; the client does not know yet. */
  readonly onReady: (end: BatchEnd) => void;
  /** PostgreSQL takes what is sent more slowly than it comes, until `onDrain`. */
  readonly onBacklog: () => void;
  readonly onDrain: () => void;
  readonly onChunkEnd: () => void;
  readonly onClose: () => void;
};

/** How PostgreSQL ends a batch of the client's. */
export type BatchEnd = {
  readonly status: TransactionStatus;
  readonly failed: boolean;
  /** An error that the client has not seen. */
  readonly disputed: Buffer | undefined;
  /** What tells the client of it. */
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
  /** What the client still sends of a COPY. */
  let copying: 'data' | 'sync' | undefined;
  /** COPYs of which everything was sent before PostgreSQL asked for it. */
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
    // PostgreSQL skips a Sync that it meets before the end of the data, so that there is one more behind it; what does not
    // belong there it refuses.
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
