import { shownSql, withoutQuotedValues } from './server-message.ts';

/** The fields of a server error that decide what it means. */
export type ServerError = {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
  /** `FATAL` where the server ends the connection, or does not let it begin. */
  readonly severity: string;
  readonly hint?: string | undefined;
  readonly constraint?: string | undefined;
  /** Of the constraint's table. */
  readonly schema?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
  readonly dataType?: string | undefined;
};

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/** Whether a server has said it: Node's own codes (EPIPE …) can look like a SQLSTATE, but only that has a severity. */
export const isServerError = (error: unknown): error is Error & ServerError => {
  if (!(error instanceof Error && 'severity' in error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && sqlstatePattern.test(code);
};

/**
 * A server's error without the values that it may quote: this is what a fault has as its cause, so that whoever prints it
 * prints nothing of a parameter or a row. The message is the server's with other words than the statement's left out; the
 * server's DETAIL and CONTEXT, which quote rows, are not kept.
 */
export class StatementRefused extends Error implements ServerError {
  readonly code: string;
  readonly severity: string;
  declare readonly hint?: string;
  declare readonly constraint?: string;
  declare readonly schema?: string;
  declare readonly table?: string;
  declare readonly column?: string;
  declare readonly dataType?: string;
  /** The statement's text with its placeholders, cut to 400 characters. */
  declare readonly statement?: string;
  readonly #original: string;

  constructor(given: ServerError, sql?: string) {
    super(shownMessage(given, sql));
    this.name = 'StatementRefused';
    this.#original = given.message;
    this.code = given.code;
    this.severity = given.severity;
    const { hint, constraint, schema, table, column, dataType } = given;
    const names = { constraint, schema, table, column, dataType };
    const shown = hint === undefined ? {} : { hint: shownText(given, hint, sql) };
    const found = Object.entries(names).filter(([, name]) => name !== undefined);
    Object.assign(this, shown, Object.fromEntries(found));
    if (sql !== undefined) this.statement = shownSql(sql);
  }

  /** Takes the server's own messages out of a text that may repeat them: the longest first, which may hold another one. */
  static cleaned(text: string, refusals: readonly StatementRefused[]): string {
    return refusals
      .toSorted((one, other) => other.#original.length - one.#original.length)
      .reduce((cleaned, refusal) => refusal.#cleaned(cleaned), text);
  }

  #cleaned(text: string): string {
    const original = this.#original;
    return original === this.message || original === ''
      ? text
      : text.replaceAll(original, () => this.message);
  }
}

/**
 * Classes of SQLSTATEs whose messages never hold a text that a statement has handled: connections, transactions, prepared
 * statements, access, conflicts, resources, shutdown. Every other message is shown only after its unknown words are left
 * out: also the classes 42 and 0A, since `$1::regclass` or `current_setting($1)` puts a parameter into them.
 */
const classesWithoutValues: ReadonlySet<string> = new Set([
  '08',
  '25',
  '26',
  '28',
  '40',
  '53',
  '57',
  'OC',
]);

/**
 * Whether a message may quote what was in a statement or a row, so that it must reach neither a log nor a caller as it is.
 * The only place that knows.
 */
export const mayQuoteValues = (error: ServerError): boolean =>
  !(error instanceof StatementRefused) &&
  error.severity !== 'FATAL' &&
  !classesWithoutValues.has(error.code.slice(0, 2));

const shownText = (error: ServerError, text: string, sql = ''): string => {
  if (!mayQuoteValues(error)) return text;
  const { constraint, schema, table, column, dataType } = error;
  const names = [constraint, schema, table, column, dataType];
  return withoutQuotedValues(
    text,
    sql,
    names.filter((name) => name !== undefined),
  );
};

/**
 * The server's message as it may be shown: without values.
 *
 * @param sql the text of the statement that was refused, where it is known: its words may be in the message
 */
export const shownMessage = (error: ServerError, sql?: string): string =>
  shownText(error, error.message, sql);

/** An error of the server as it may be shown; itself if it is one already. */
export const withoutValues = (error: Error & ServerError, sql?: string): StatementRefused =>
  error instanceof StatementRefused ? error : new StatementRefused(error, sql);
