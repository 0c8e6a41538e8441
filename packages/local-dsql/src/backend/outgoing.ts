import type { ResultDigest } from './result-digest.ts';

/** One statement whose completion PostgreSQL owes. */
export type ExpectedCompletion = {
  /** Command tag to show instead of PostgreSQL's. */
  readonly tag?: string | undefined;
  /** Where the outcome is noted, if the transaction may have to be repeated. */
  readonly entry?: { readonly digest: ResultDigest } | undefined;
  /** The command tag tells rows that count against the limit: those of a query only if it locks them. */
  readonly writes?: boolean;
  readonly locks?: boolean;
};

/** An answer that PostgreSQL owes, in the order of the messages. */
export type Expected = {
  readonly kind: 'parse' | 'bind' | 'close' | 'describe' | 'execute' | 'query';
  /** The session itself asked; the client must not see the answer. */
  readonly hidden?: boolean;
  /** PostgreSQL has done it. */
  readonly onDone?: () => void;
  readonly completions: readonly ExpectedCompletion[];
};

/** What a message of the client becomes. */
export type Outgoing = { readonly bytes: Buffer; readonly expected: readonly Expected[] };
