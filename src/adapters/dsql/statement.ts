import { InvariantViolation } from '../../domain/kernel/index.ts';

/** One SQL statement with its parameters; what Kysely's `compile()` returns is one. */
export type Statement = {
  readonly sql: string;
  readonly parameters: readonly unknown[];
};

/** A row as the driver decodes it. */
export type Row = Readonly<Record<string, unknown>>;

/** What a statement came to that was executed. */
export type StatementResult = {
  /** The first word of its command tag, such as `INSERT`. */
  readonly command: string;
  readonly rowCount: number;
  readonly rows: readonly Row[];
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

/** A statement of a text and its parameters, `$1` first. */
export const statement = (sql: string, ...parameters: readonly unknown[]): Statement => ({
  sql,
  parameters,
});

/** Quotes an identifier that comes from configuration. */
export const quoteIdentifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** What a parameter becomes on the wire; text, so that no number loses digits. */
export type WireParameter = string | null | Buffer;

const scalar = (value: unknown): WireParameter | undefined => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  // A Buffer is what `pg` sends as bytes, and nothing else.
  if (value instanceof Uint8Array) {
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  }
  if (typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (value instanceof Date && !Number.isNaN(value.getTime())) return value.toISOString();
  return undefined;
};

/** An array literal of PostgreSQL: every element quoted, so none needs to be understood. */
const arrayLiteral = (elements: readonly unknown[]): string | undefined => {
  const texts: string[] = [];
  for (const element of elements) {
    const text = scalar(element);
    if (text !== null && typeof text !== 'string') return undefined;
    texts.push(
      text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    );
  }
  return `{${texts.join(',')}}`;
};

/** The protocol counts them in 16 bits. */
const parametersMax = 65_535;

/**
 * Encodes parameters, all of a flight before any of it is sent: half a transaction must never be on its way.
 *
 * @throws {InvariantViolation} for a value without an obvious text (an object, `NaN`, an invalid date), and for too many
 */
export const encodeParameters = ({ sql, parameters }: Statement): WireParameter[] => {
  if (parameters.length > parametersMax) {
    throw new InvariantViolation(
      `A statement takes ${parametersMax} parameters, and this has ${parameters.length}: send its rows in several`,
    );
  }
  return parameters.map((value, index) => {
    const encoded = Array.isArray(value) ? arrayLiteral(value) : scalar(value);
    if (encoded === undefined) {
      throw new InvariantViolation(
        `Parameter $${index + 1} cannot be sent to the database: ${sql}`,
      );
    }
    return encoded;
  });
};
