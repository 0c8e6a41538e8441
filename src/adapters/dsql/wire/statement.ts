/** Has no value: it is there for the compiler alone. */
declare const rowType: unique symbol;

/**
 * One SQL statement with its parameters; a query that Kysely has compiled is one.
 *
 * @typeParam R the row that it answers with, as its author says; PostgreSQL does not check it
 */
export type Statement<R = unknown> = {
  readonly sql: string;
  readonly parameters: readonly unknown[];
  readonly [rowType]?: R;
};

/** A row of which nobody has said more; `docs/values.md` says how each type of a column is decoded. */
export type Row = Readonly<Record<string, unknown>>;

/** The row that a statement of this type answers with. */
export type RowOf<R> = unknown extends R ? Row : R;

/** The command tag and the rows that a statement was answered with. */
export type StatementResult<R = Row> = {
  /** The first word of its command tag, such as `INSERT`. */
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly R[];
};

/** What a flight came to: a result for each statement that was executed, and the error that ended it, if one did. */
export type FlightResult = {
  readonly results: readonly StatementResult[];
  /** The server's transaction afterwards, if nothing has failed: `I` for none, `T` for one that is open. */
  readonly status?: TransactionStatus | undefined;
  readonly error?: unknown;
};

/** What the server says of its transaction: none, one that is open, one that has failed. */
export type TransactionStatus = 'I' | 'T' | 'E';

/**
 * A statement of a text and its parameters, `$1` first.
 *
 * @typeParam R its row: a `bigint` or `numeric` column is a `string`
 * @example
 * statement<{ id: string; version: string }>('SELECT id, version FROM shows WHERE id = $1', id);
 */
export const statement = <R = Row>(
  sql: string,
  ...parameters: readonly unknown[]
): Statement<R> => ({ sql, parameters });

/** Quotes an identifier that comes from configuration. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
