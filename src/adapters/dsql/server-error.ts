/** The fields of a server error that decide what it means. */
export type ServerError = {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
  /** `FATAL` where the server ends the connection, or does not let it begin. */
  readonly severity: string;
  readonly hint?: string;
  readonly constraint?: string;
  /** Of the constraint's table. */
  readonly schema?: string;
};

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/** Whether a server has said it: Node's own codes (EPIPE …) can look like a SQLSTATE, but only that has a severity. */
export const isServerError = (error: unknown): error is Error & ServerError => {
  if (!(error instanceof Error && 'severity' in error)) return false;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && sqlstatePattern.test(code);
};

/**
 * Classes of SQLSTATEs whose messages name the database's own things: connections, features, transactions, prepared
 * statements, access, conflicts, syntax and names, resources, limits, shutdown. Every other one may quote a value of a
 * statement or a row; of a class that nobody has thought of, nobody knows.
 */
const classesWithoutValues: ReadonlySet<string> = new Set([
  '08',
  '0A',
  '25',
  '26',
  '28',
  '40',
  '42',
  '53',
  '54',
  '57',
  'OC',
]);

/**
 * Whether a message may quote what was in a statement or a row, so that it must reach neither a log nor a caller. The
 * only place that knows.
 */
export const mayQuoteValues = ({ code, severity }: ServerError): boolean =>
  severity !== 'FATAL' && !classesWithoutValues.has(code.slice(0, 2));
