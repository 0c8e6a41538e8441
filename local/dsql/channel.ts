import type { Backend } from './backend.ts';
import { createExchange, type Exchange, type ExchangeResult } from './exchange.ts';
import type { Outgoing } from './messages.ts';
import { backend as reply } from './protocol.ts';
import { createReplies } from './replies.ts';
import type { TransactionStatus } from './transaction-rules.ts';

/** A connection to PostgreSQL that carries the client's messages and the session's own, never both at once. */
export interface Channel {
  /** Sends what a message of the client became; the answers go to the client. */
  readonly send: (outgoing: Outgoing) => void;
  /** Sends as it is what follows in a COPY. */
  readonly copy: (bytes: Buffer) => void;
  /** Whether PostgreSQL waits for the data of a COPY. */
  readonly isCopying: () => boolean;
  /** Sends messages of the session's own, ended by a Query or Sync; the client sees nothing of it. */
  readonly ask: (bytes: Buffer) => Promise<ExchangeResult>;
}

export type ChannelListener = {
  /** Bytes for the client. */
  readonly onAnswer: (bytes: Buffer) => void;
  /** A statement has written rows; `false` keeps its completion from the client. */
  readonly onRows: (rows: number) => boolean;
  /** PostgreSQL has answered a unit of the client's, and whether with an error; the client does not know yet. */
  readonly onReady: (status: TransactionStatus, failed: boolean) => void;
  readonly onBatchEnd: () => void;
  readonly onClose: () => void;
};

const readStatus = (bytes: Buffer): TransactionStatus =>
  String.fromCharCode(bytes[5] ?? 0) as TransactionStatus;

export const createChannel = (backend: Backend, listener: ChannelListener): Channel => {
  const replies = createReplies(listener.onRows);
  let exchange: Exchange | undefined;
  let copying = false;
  let failed = false;
  backend.attach({
    onFrame: (frame) => {
      if (exchange) {
        exchange.next(frame);
        if (frame.type === reply.readyForQuery) exchange = undefined;
        return;
      }
      const bytes = replies.next(frame);
      if (bytes && frame.type !== reply.readyForQuery) listener.onAnswer(bytes);
      if (frame.type === reply.copyInResponse) copying = true;
      if (frame.type === reply.errorResponse) failed = true;
      if (frame.type !== reply.readyForQuery) return;
      const hadError = failed;
      copying = false;
      failed = false;
      listener.onReady(readStatus(frame.bytes), hadError);
    },
    onBatchEnd: listener.onBatchEnd,
    onClose: listener.onClose,
  });
  return {
    send: ({ bytes, expected }) => {
      replies.expect(expected);
      backend.write(bytes);
    },
    copy: backend.write,
    isCopying: () => copying,
    ask: (bytes) => {
      exchange = createExchange();
      backend.write(bytes);
      return exchange.result;
    },
  };
};
