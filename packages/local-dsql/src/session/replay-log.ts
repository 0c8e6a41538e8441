import { createHash } from 'node:crypto';
import {
  encodeFrame,
  encodeInt32,
  encodeStrings,
  frontend,
  readPayload,
} from '../protocol/protocol.ts';

/** What a client saw of one execution: equal for equal rows in any order. */
export interface Outcome {
  readonly row: (bytes: Buffer) => void;
  readonly complete: (tag: string) => void;
  readonly equals: (other: Outcome) => boolean;
  /** Command tag, row count and digest in one text. */
  readonly summary: () => string;
}

const digestBits = 64n;

export const createOutcome = (): Outcome => {
  let rows = 0;
  let digest = 0n;
  let completion = '';
  const summary = (): string => `${completion} ${rows} ${digest}`;
  return {
    row: (bytes) => {
      rows += 1;
      const hash = createHash('md5').update(bytes).digest().readBigUInt64BE();
      digest = BigInt.asUintN(Number(digestBits), digest + hash);
    },
    complete: (tag) => {
      completion = tag;
    },
    summary,
    equals: (other) => summary() === other.summary(),
  };
};

/** One execution that can be repeated, and what the client saw of it. */
export type JournalEntry = {
  readonly sql: string;
  /** What followed the names in `Parse` and `Bind`. */
  readonly parameterTypes: Buffer;
  readonly bound: Buffer;
  readonly outcome: Outcome;
};

const executeUnnamed = encodeFrame(
  frontend.execute,
  Buffer.concat([encodeStrings(''), encodeInt32(0)]),
);

/** Parse, Bind and Execute of the unnamed statement. */
export const repetitionOf = ({ sql, parameterTypes, bound }: JournalEntry): Buffer =>
  Buffer.concat([
    encodeFrame(frontend.parse, Buffer.concat([encodeStrings('', sql), parameterTypes])),
    encodeFrame(frontend.bind, Buffer.concat([encodeStrings('', ''), bound])),
    executeUnnamed,
  ]);

export const extendedEntry = (
  sql: string,
  parameterTypes: Buffer,
  bound: Buffer,
): JournalEntry => ({ sql, parameterTypes, bound, outcome: createOutcome() });

const none = Buffer.alloc(2);

/** An entry for a statement of a simple query. */
export const simpleEntry = (sql: string): JournalEntry =>
  extendedEntry(sql, none, Buffer.concat([none, none, none]));

/** The statements of a transaction since its first write: enough to do it again on the same snapshot. */
export interface Journal {
  readonly entries: readonly JournalEntry[];
  readonly add: (entry: JournalEntry) => void;
  /** The transaction did something that cannot be repeated. */
  readonly spoil: () => void;
  readonly isRepeatable: () => boolean;
  readonly clear: () => void;
}

/** What the texts and values that a journal keeps may amount to, in bytes; a larger transaction gives way when it is in another's way. */
const journalBytesMax = 32 * 1024 * 1024;

export const createJournal = (): Journal => {
  const entries: JournalEntry[] = [];
  let bytes = 0;
  let spoiled = false;
  return {
    entries,
    add: (entry) => {
      bytes += entry.sql.length + entry.bound.length;
      if (bytes > journalBytesMax) spoiled = true;
      if (!spoiled) entries.push(entry);
    },
    spoil: () => {
      spoiled = true;
    },
    isRepeatable: () => !spoiled,
    clear: () => {
      entries.length = 0;
      bytes = 0;
      spoiled = false;
    },
  };
};

/** The command tag of a CommandComplete message. */
export const readTag = (bytes: Buffer): string => readPayload(bytes).string();
