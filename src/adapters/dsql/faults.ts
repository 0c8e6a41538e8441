import {
  Conflict,
  causesOf,
  type Fault,
  faultIn,
  InvalidInput,
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../../domain/kernel/index.ts';

/** The fields of a server error that decide what it means. */
export type ServerError = {
  /** SQLSTATE, five characters. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly constraint?: string;
  /** Of the constraint's table. */
  readonly schema?: string;
};

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/** The server's error among an error and its causes, the outermost if there are several. */
export const serverErrorOf = (error: unknown): ServerError | undefined => {
  for (const cause of causesOf(error)) {
    // Node's own codes (EPIPE …) can look like one; a server error has a severity.
    if (!(cause instanceof Error && 'severity' in cause)) continue;
    const { code } = cause as { code?: unknown };
    if (typeof code === 'string' && sqlstatePattern.test(code)) {
      return cause as unknown as ServerError;
    }
  }
  return undefined;
};

/** What an error means, before and during COMMIT; `docs/errors.md` says for each code why. */
export type ErrorMeaning =
  /** `Conflict`: nothing has happened; run the whole attempt again. */
  | 'conflict'
  /** `Unavailable`: back off and run again; `OutcomeUnknown` during COMMIT. */
  | 'unavailable'
  /** `OutcomeUnknown`: run again under the same key only. */
  | 'unknown'
  /** `InvalidInput`: give up, for it will never fit. */
  | 'too-large'
  /** `InvariantViolation`: give up and raise an alarm; `OutcomeUnknown` during COMMIT. */
  | 'internal'
  /** `InvariantViolation`: give up and raise an alarm. */
  | 'bug';

/** By SQLSTATE, or by its class of two characters, or by Node's code. A server's code that is not here is a bug. */
export const errorMeanings: Readonly<Record<string, ErrorMeaning>> = {
  '08P01': 'bug',
  '08': 'unavailable',
  '26000': 'conflict',
  '28': 'unavailable',
  '40001': 'conflict',
  '40003': 'unknown',
  '40P01': 'conflict',
  '42001': 'conflict',
  '53100': 'bug',
  '53200': 'too-large',
  '53': 'unavailable',
  '54': 'too-large',
  '57': 'unavailable',
  '58': 'internal',
  OC000: 'conflict',
  OC001: 'conflict',
  XX: 'internal',
};

/** By words of the server's message, where the SQLSTATE says less, or nothing that is documented. */
const meaningsByText: readonly (readonly [text: string, meaning: ErrorMeaning])[] = [
  ['waking up cluster', 'unavailable'],
  ['access denied', 'unavailable'],
  // DSQL gives its age limit of 300 s the class of the size limits, but a new attempt starts young.
  ['transaction age limit', 'unavailable'],
  ['invalid message length', 'too-large'],
  ['datatype limit greater than', 'too-large'],
  ['cached plan must not change result type', 'conflict'],
];

const meaningOf = ({ code, message }: ServerError): ErrorMeaning =>
  meaningsByText.find(([text]) => message.includes(text))?.[1] ??
  errorMeanings[code] ??
  errorMeanings[code.slice(0, 2)] ??
  'bug';

/** Classes whose messages speak of statements and names, never of the values in them. */
const quotesNoValues = /^(0A|25|42|53)/;

/** The server's words, and what a person can do where they do not say it. */
const advised = ({ code, message, hint }: ServerError): string => {
  if (hint?.includes('Signature expired')) {
    return `${message}: the token had expired; is the clock of this machine right?`;
  }
  if (message.includes('access denied')) {
    return `${message}: the IAM role needs dsql:DbConnect, or DbConnectAdmin, on this cluster, and an AWS IAM GRANT`;
  }
  return code === '25P02' ? `${message}: the error of an earlier statement is the cause` : message;
};

/** A refused value would be quoted in the server's message, and a fault's message goes to logs and queues. */
const withoutValues = (server: ServerError): string => {
  const { code, constraint = 'its message may quote values' } = server;
  const what = quotesNoValues.test(code) ? advised(server) : constraint;
  return `The database refused a statement: ${code}, ${what}`;
};

/** Conflicts that are over with the next attempt: the session knows the new schema then, or prepares anew. */
const overSchema = /OC001|^26000|cached plan/;

const serverFault = (server: ServerError, committing: boolean, cause: unknown): Fault => {
  const options = { cause };
  switch (meaningOf(server)) {
    case 'conflict': {
      const over = overSchema.test(`${server.code} ${server.message}`) ? 'schema' : 'data';
      return new Conflict(server.message, { cause, over });
    }
    case 'unavailable':
      return committing
        ? new OutcomeUnknown(server.message, options)
        : new Unavailable(advised(server), options);
    case 'unknown':
      return new OutcomeUnknown(server.message, options);
    case 'too-large':
      return new InvalidInput(server.message, options);
    case 'internal':
      return committing
        ? new OutcomeUnknown('The database has failed during COMMIT', options)
        : new InvariantViolation(withoutValues(server), options);
    case 'bug':
      return new InvariantViolation(withoutValues(server), options);
  }
};

/** Node's codes for a certificate that is not what it should be: no other attempt will find a better one. */
const certificateCode = /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH|^INVALID_CA$|^INVALID_PURPOSE$/;

const codeOf = (error: unknown): string => {
  for (const cause of causesOf(error)) {
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
};

const driverFault = (error: unknown, committing: boolean): Fault => {
  const options = { cause: error };
  const code = codeOf(error);
  if (certificateCode.test(code)) {
    return new InvariantViolation(
      `The certificate of the database is not trusted (${code}): is the endpoint right, and the authority in "ca"?`,
      options,
    );
  }
  // Node gathers the failures of all of a host's addresses under a message that is empty.
  const reason = (error instanceof Error ? error.message : String(error)) || code;
  return committing
    ? new OutcomeUnknown(`Connection lost during COMMIT: ${reason}`, options)
    : new Unavailable(`No connection to the database: ${reason}`, options);
};

/**
 * What an error of the driver or the server means for the work that met it, however deep it is wrapped.
 *
 * @param committing whether a COMMIT (or an autocommitted write) was under way: a connection that is lost then
 * proves nothing
 */
export const faultOf = (error: unknown, committing: boolean): Fault => {
  const fault = faultIn(error);
  if (fault) return fault;
  const server = serverErrorOf(error);
  return server ? serverFault(server, committing, error) : driverFault(error, committing);
};
