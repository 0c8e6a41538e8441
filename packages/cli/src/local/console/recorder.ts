import { randomBytes } from 'node:crypto';
import type { ConsoleEntry } from './page/entry.ts';

/** An entry before it has its place in the order. */
export type NewEntry = Omit<ConsoleEntry, 'seq' | 'at'>;

/** The last steps of all commands and events of a stack. */
export interface Recorder {
  /** Tells the runs of a stack apart. */
  readonly run: string;
  readonly add: (entry: NewEntry) => void;
  /** The sequence number of the last entry; 0 before the first one. */
  readonly last: () => number;
  /** The sequence number of the oldest entry that is kept. */
  readonly first: () => number;
  readonly get: (seq: number) => ConsoleEntry | undefined;
  /** The entries after a sequence number, the oldest first. */
  readonly after: (seq: number, entriesMax: number) => readonly ConsoleEntry[];
}

export type RecorderOptions = {
  readonly now: () => number;
  /** Entries that are kept; 50,000 unless given: 10,000 events that meet three rules each. */
  readonly entriesMax?: number;
  /** Characters of payloads that are kept of all entries; 16 Mi unless given. */
  readonly charsMax?: number;
};

/** Characters that are kept of one payload: more than a person reads. */
export const payloadCharsMax = 16_384;

const entriesDefault = 50_000;
const charsDefault = 16 * 1024 * 1024;

const cut = (text: string): string =>
  text.length > payloadCharsMax
    ? `${text.slice(0, payloadCharsMax)}… (${text.length} characters in all)`
    : text;

const charsOf = ({ payload = '', answer = '' }: ConsoleEntry): number =>
  payload.length + answer.length;

/**
 * Keeps entries in a ring of a fixed number of places, so that one more costs the same however long
 * the stack runs.
 */
export const createRecorder = (options: RecorderOptions): Recorder => {
  const { now, entriesMax = entriesDefault, charsMax = charsDefault } = options;
  const places: (ConsoleEntry | undefined)[] = new Array(entriesMax);
  let first = 1;
  let next = 1;
  let chars = 0;
  const get = (seq: number): ConsoleEntry | undefined =>
    seq >= first && seq < next ? places[seq % entriesMax] : undefined;
  const dropOldest = (): void => {
    const oldest = get(first);
    if (oldest) chars -= charsOf(oldest);
    places[first % entriesMax] = undefined;
    first += 1;
  };
  return {
    run: randomBytes(6).toString('base64url'),
    add: ({ payload, answer, ...summary }) => {
      const entry: ConsoleEntry = {
        ...{ seq: next, at: now(), ...summary },
        ...(payload !== undefined && { payload: cut(payload) }),
        ...(answer !== undefined && { answer: cut(answer) }),
      };
      chars += charsOf(entry);
      if (next - first === entriesMax) dropOldest();
      places[next % entriesMax] = entry;
      next += 1;
      while (chars > charsMax && next - first > 1) dropOldest();
    },
    last: () => next - 1,
    first: () => first,
    get,
    after: (seq, wanted) => {
      const from = Math.max(seq + 1, first);
      const count = Math.max(0, Math.min(next - from, wanted));
      return Array.from({ length: count }, (_, at) => get(from + at)).filter(
        (entry) => entry !== undefined,
      );
    },
  };
};
