import { createResultDigest, type ResultDigest } from '../../backend/result-digest.ts';
import { encodeFrame, encodeInt32, encodeStrings, frontend } from '../../protocol/protocol.ts';

/** One execution that can be repeated, with a digest of its results. */
export type ReplayEntry = {
  readonly sql: string;
  /** Payload of `Parse` behind the names. */
  readonly parameterTypes: Buffer;
  /** Payload of `Bind` behind the names. */
  readonly bound: Buffer;
  readonly digest: ResultDigest;
};

const executeUnnamed = encodeFrame(
  frontend.execute,
  Buffer.concat([encodeStrings(''), encodeInt32(0)]),
);

/** Parse, Bind and Execute of the unnamed statement. */
export const replayMessages = ({ sql, parameterTypes, bound }: ReplayEntry): Buffer =>
  Buffer.concat([
    encodeFrame(frontend.parse, Buffer.concat([encodeStrings('', sql), parameterTypes])),
    encodeFrame(frontend.bind, Buffer.concat([encodeStrings('', ''), bound])),
    executeUnnamed,
  ]);

export const extendedEntry = (sql: string, parameterTypes: Buffer, bound: Buffer): ReplayEntry => ({
  sql,
  parameterTypes,
  bound,
  digest: createResultDigest(),
});

const none = Buffer.alloc(2);

/** An entry for a statement of a simple query. */
export const simpleEntry = (sql: string): ReplayEntry =>
  extendedEntry(sql, none, Buffer.concat([none, none, none]));

/** The statements of a transaction since its first write, which repeat it on the same snapshot. */
export interface ReplayLog {
  readonly entries: readonly ReplayEntry[];
  readonly add: (entry: ReplayEntry) => void;
  /** The transaction has run a statement that cannot be repeated. */
  readonly forbidRepetition: () => void;
  readonly isRepeatable: () => boolean;
  readonly clear: () => void;
}

/**
 * Bytes of texts and values in a replay log. A larger transaction is not repeated: it fails when it
 * blocks another.
 */
const replayLogBytesMax = 32 * 1024 * 1024;

export const createReplayLog = (): ReplayLog => {
  const entries: ReplayEntry[] = [];
  let bytes = 0;
  let unrepeatable = false;
  return {
    entries,
    add: (entry) => {
      bytes += entry.sql.length + entry.bound.length;
      if (bytes > replayLogBytesMax) unrepeatable = true;
      if (!unrepeatable) entries.push(entry);
    },
    forbidRepetition: () => {
      unrepeatable = true;
    },
    isRepeatable: () => !unrepeatable,
    clear: () => {
      entries.length = 0;
      bytes = 0;
      unrepeatable = false;
    },
  };
};
