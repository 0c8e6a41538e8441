/** Exists for the compiler alone; no statement has a value for it. */
declare const rowType: unique symbol;

/**
 * One SQL statement with its parameters; a query that Kysely has compiled is one.
 *
 * @typeParam R the row of its answer, as the author of the statement says; PostgreSQL does not
 * check it
 */
export type Statement<R = unknown> = {
  /** The text, with `$1`, `$2` … for the parameters. */
  readonly sql: string;
  /** The values of the placeholders, in their order. */
  readonly parameters: readonly unknown[];
  readonly [rowType]?: R;
};

/** A row of unknown type; `docs/values.md` says how each type of a column is decoded. */
export type Row = Readonly<Record<string, unknown>>;

/** The row in the answer to a statement of this type. */
export type RowOf<R> = unknown extends R ? Row : R;

/** The command tag and the rows of the answer to a statement. */
export type StatementResult<R = Row> = {
  /** The first word of its command tag, such as `INSERT`. */
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly R[];
};

/**
 * The outcome of a flight: a result for each executed statement, and the error that ended it, if
 * any.
 */
export type FlightResult = {
  readonly results: readonly StatementResult[];
  /**
   * The server's transaction afterwards, if nothing has failed: `I` for none, `T` for one that is
   * open.
   */
  readonly status?: TransactionStatus | undefined;
  readonly error?: unknown;
};

/** The server's transaction: none (`I`), open (`T`), failed (`E`). */
export type TransactionStatus = 'I' | 'T' | 'E';

/**
 * Makes a statement of a text and its parameters, `$1` first.
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
