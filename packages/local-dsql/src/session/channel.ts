import { copyMessages, type Frame, frontend, backend as reply } from '../protocol/protocol.ts';
import type { Backend } from './backend.ts';
import { createExchange, type Exchange, type ExchangeResult } from './exchange.ts';
import { createReplies, dsqlError } from './replies.ts';
import type { Outgoing } from './statement-stage.ts';
import type { TransactionStatus } from './transaction-rules.ts';

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
}

export type ChannelListener = {
  /** Age that a transaction may have. */
  readonly transactionMsMax: number;
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

const readStatus = (bytes: Buffer): TransactionStatus =>
  String.fromCharCode(bytes[5] ?? 0) as TransactionStatus;

export const createChannel = (backend: Backend, listener: ChannelListener): Channel => {
  const { transactionMsMax } = listener;
  const replies = createReplies(transactionMsMax, listener.onRows, listener.onTransactionEnd);
  let exchange: Exchange | undefined;
  /** What the client still sends of a COPY. */
  let copying: 'data' | 'sync' | undefined;
  /** COPYs of which everything was sent before PostgreSQL asked for it. */
  let copiesAhead = 0;
  let failed = false;
  let disputed: Buffer | undefined;
  backend.attach({
    onFrame: (frame) => {
      if (exchange) {
        exchange.next(frame);
        if (frame.type === reply.readyForQuery) exchange = undefined;
        return;
      }
      const bytes = replies.next(frame);
      if (frame.type === reply.errorResponse && listener.isDisputed(frame.bytes)) {
        disputed = frame.bytes;
      } else if (bytes && frame.type !== reply.readyForQuery) {
        listener.onAnswer(bytes);
      }
      if (frame.type === reply.copyInResponse) {
        if (copiesAhead > 0) copiesAhead -= 1;
        else {
          copying = 'data';
          listener.onCopyIn();
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
      listener.onReady(end);
    },
    onBacklog: listener.onBacklog,
    onDrain: listener.onDrain,
    onChunkEnd: listener.onChunkEnd,
    onClose: listener.onClose,
  });
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
  };
};
