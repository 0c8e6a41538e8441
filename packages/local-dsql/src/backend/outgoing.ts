import type { ResultDigest } from './result-digest.ts';

/** A statement whose CommandComplete is due. */
export type ExpectedCompletion = {
  /** Command tag to show instead of PostgreSQL's. */
  readonly tag?: string | undefined;
  /** Takes a digest of the results, if the transaction may have to be repeated. */
  readonly entry?: { readonly digest: ResultDigest } | undefined;
  /** The rows of the command tag count against the limit. */
  readonly writes?: boolean;
  /** The rows of a query count against the limit too, because it locks them. */
  readonly locks?: boolean;
};

/** An answer that is due, in the order of the messages. */
export type Expected = {
  readonly kind: 'parse' | 'bind' | 'close' | 'describe' | 'execute' | 'query';
  /** The message was the session's own: the client must not see the answer. */
  readonly hidden?: boolean;
  /** Called when PostgreSQL has confirmed the message. */
  readonly onDone?: () => void;
  readonly completions: readonly ExpectedCompletion[];
};

/** A message of the client in its form for PostgreSQL, with the answers that are due. */
export type Outgoing = { readonly bytes: Buffer; readonly expected: readonly Expected[] };
