/**
 * A statement had no answer by its deadline. The caller that set the deadline makes a fault of it:
 * that caller knows which option sets the limit, and whether a COMMIT was under way.
 */
export class TimeLimitReached extends Error {
  /** Whether the statement was sent. Its connection has been closed then. */
  readonly sent: boolean;

  constructor(sent: boolean) {
    super(sent ? 'No answer by the deadline' : 'No time is left to send the statement');
    this.name = 'TimeLimitReached';
    this.sent = sent;
  }
}

/** A limit of time, and the option that changes it. */
export type TimeLimit = {
  /** Milliseconds; absent where the caller has given a deadline. */
  readonly ms?: number | undefined;
  /** The option that sets it, such as `"statementMsMax" of DsqlDialect`. */
  readonly option: string;
};

/** A time limit as the end of a sentence. */
export const inWords = (limit: TimeLimit | undefined): string => {
  if (limit === undefined) return 'by its deadline';
  const { ms, option } = limit;
  return ms === undefined
    ? `by its deadline: give a later ${option}`
    : `within ${ms} ms: ${option} gives it more time`;
};
