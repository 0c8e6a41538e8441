import { shownSql, withoutQuotedValues } from './server-message.ts';

/** The fields of a server's error that decide its meaning. */
export type ServerError = {
  /** SQLSTATE, five characters. */
  readonly code: string;
  /** The server's text, which may quote values of the statement. */
  readonly message: string;
  /** `FATAL` where the server ends the connection, or does not let it begin. */
  readonly severity: string;
  /** The server's advice. */
  readonly hint?: string | undefined;
  /** The constraint that a row broke. */
  readonly constraint?: string | undefined;
  /** Of the constraint's table. */
  readonly schema?: string | undefined;
  /** The table of the constraint. */
  readonly table?: string | undefined;
  /** The column of the constraint, such as one that must not be null. */
  readonly column?: string | undefined;
  /** The type that a value did not fit. */
  readonly dataType?: string | undefined;
};

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/**
 * Whether a server sent the error: Node's codes (EPIPE …) can look like a SQLSTATE, but have no
 * severity.
 */
export const isServerError = (error: unknown): error is Error & ServerError => {
  if (!(error instanceof Error && 'severity' in error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && sqlstatePattern.test(code);
};

/**
 * A server's error without the values that it may quote. It is the cause of a fault, so that
 * printing a fault shows no parameter and no row. Its message is the server's, without words that
 * may be values. It has no DETAIL and no CONTEXT, since these quote rows.
 */
export class StatementRefused extends Error implements ServerError {
  /** SQLSTATE, five characters. */
  readonly code: string;
  /** `FATAL` where the server ends the connection, or does not let it begin. */
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

  /**
   * Replaces the server's own messages in a text. The longest comes first: it may hold another one.
   */
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
 * Classes of SQLSTATEs whose messages never hold a value: connections, transactions, prepared
 * statements, access, conflicts, resources, shutdown. Every other message is shown without the
 * words that may be values. This includes the classes 42 and 0A: `$1::regclass` or
 * `current_setting($1)` puts a parameter into their messages.
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
 * Whether a message may quote a value of a statement or a row. Such a message must reach neither a
 * log nor a caller as it is. No other place of the code decides this.
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
 * @param sql the text of the statement that was refused, where it is known: its words may be in the
 * message
 */
const shownMessage = (error: ServerError, sql?: string): string =>
  shownText(error, error.message, sql);

/** An error of the server as it may be shown; itself if it is one already. */
export const withoutValues = (error: Error & ServerError, sql?: string): StatementRefused =>
  error instanceof StatementRefused ? error : new StatementRefused(error, sql);
