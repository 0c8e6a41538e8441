import {
  type Frame,
  readPayload,
  readStatus,
  readTag,
  backend as reply,
  type TransactionStatus,
} from '../protocol/protocol.ts';
import { createResultDigest, type ResultDigest } from './result-digest.ts';

/** PostgreSQL's answers to messages of the session's own. */
export type ExchangeResult = {
  readonly status: TransactionStatus;
  /** The ReadyForQuery message. */
  readonly ready: Buffer;
  /** The message of an error, as PostgreSQL sent it. */
  readonly error?: Buffer;
  readonly digests: readonly ResultDigest[];
  /** First column of the last row, as text. */
  readonly value?: string;
};

/** Collects answers up to ReadyForQuery. */
export type Exchange = {
  readonly next: (frame: Frame) => void;
  readonly result: Promise<ExchangeResult>;
};

const firstValue = (bytes: Buffer): string | undefined => {
  const columns = bytes.readInt16BE(5);
  if (columns === 0) return undefined;
  const payload = readPayload(bytes, 7);
  const length = payload.int32();
  return length < 0 ? undefined : payload.rest().toString('utf8', 0, length);
};

export const createExchange = (): Exchange => {
  const { promise, resolve } = Promise.withResolvers<ExchangeResult>();
  const digests: ResultDigest[] = [];
  let current = createResultDigest();
  let error: Buffer | undefined;
  let value: string | undefined;
  return {
    result: promise,
    next: ({ type, bytes }) => {
      if (type === reply.dataRow) {
        current.row(bytes);
        value = firstValue(bytes);
      } else if (type === reply.commandComplete) {
        current.complete(readTag(bytes));
        digests.push(current);
        current = createResultDigest();
      } else if (type === reply.errorResponse) {
        error = Buffer.from(bytes);
      } else if (type === reply.readyForQuery) {
        resolve({
          status: readStatus(bytes),
          ready: bytes,
          digests,
          ...(error ? { error } : {}),
          ...(value === undefined ? {} : { value }),
        });
      }
    },
  };
};
