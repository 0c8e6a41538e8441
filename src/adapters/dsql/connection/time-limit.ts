/**
 * A statement had no answer by its deadline. It is no fault yet: whoever gave the deadline knows which option sets it, and
 * whether a COMMIT was under way.
 */
export class TimeLimitReached extends Error {
  /** Whether it was on its way; then its connection has been closed under it. */
  readonly sent: boolean;

  constructor(sent: boolean) {
    super(sent ? 'No answer by the deadline' : 'No time is left to send the statement');
    this.name = 'TimeLimitReached';
    this.sent = sent;
  }
}

/** How long something may take, and how a person can change that. */
export type TimeLimit = {
  /** Milliseconds; absent where the caller has given a deadline. */
  readonly ms?: number | undefined;
  /** The option that sets it, such as `"statementMsMax" of DsqlDialect`. */
  readonly option: string;
};

/** A time limit in words, as the end of a sentence. */
export const inWords = (limit: TimeLimit | undefined): string => {
  if (limit === undefined) return 'by its deadline';
  const { ms, option } = limit;
  return ms === undefined
    ? `by its deadline: give a later ${option}`
    : `within ${ms} ms: ${option} gives it more time`;
};
