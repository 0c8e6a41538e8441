import { causesOf, faultIn } from '../../../domain/kernel/fault.ts';
import {
  Conflict,
  type Fault,
  InvalidInput,
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../../../domain/kernel/index.ts';
import {
  isServerError,
  type ServerError,
  type StatementRefused,
  withoutValues,
} from '../wire/server-error.ts';
import { inWords, type TimeLimit, TimeLimitReached } from './time-limit.ts';

/** The server's error among an error and its causes, the outermost if there are several. */
export const serverErrorOf = (error: unknown): (Error & ServerError) | undefined => {
  for (const cause of causesOf(error)) if (isServerError(cause)) return cause;
  return undefined;
};

/**
 * The meaning of an error before and during COMMIT; `docs/errors.md` gives the reason for each
 * code.
 */
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

/**
 * Meanings by SQLSTATE, or by its class of two characters. A code that is not listed means a bug.
 */
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

/** The meaning of a text in the server's message. */
export type TextMeaning = {
  readonly text: string;
  /**
   * Classes of SQLSTATEs, or `FATAL`. Elsewhere the text may be a value that the message quotes.
   */
  readonly where: readonly string[];
  readonly meaning: ErrorMeaning;
};

/** Meanings by the server's message, for errors whose SQLSTATE is undocumented or not specific. */
export const textMeanings: readonly TextMeaning[] = [
  { text: 'waking up cluster', where: ['FATAL'], meaning: 'unavailable' },
  { text: 'access denied', where: ['FATAL', '28'], meaning: 'unavailable' },
  // DSQL gives its age limit of 300 s the class of the size limits. A new attempt can succeed.
  { text: 'transaction age limit', where: ['54'], meaning: 'unavailable' },
  { text: 'invalid message length', where: ['FATAL', '08'], meaning: 'too-large' },
  { text: 'datatype limit greater than', where: ['0A', '54'], meaning: 'too-large' },
  { text: 'cached plan must not change result type', where: ['0A'], meaning: 'conflict' },
];

const textMeaningOf = ({ code, severity, message }: ServerError): ErrorMeaning | undefined => {
  const said = ({ text, where }: TextMeaning): boolean =>
    (where.includes(severity) || where.includes(code.slice(0, 2))) && message.includes(text);
  return textMeanings.find(said)?.meaning;
};

const meaningOf = (server: ServerError): ErrorMeaning =>
  textMeaningOf(server) ??
  errorMeanings[server.code] ??
  errorMeanings[server.code.slice(0, 2)] ??
  'bug';

/** The server's message without values, and a remedy where the message has none. */
const advised = ({ code, message, hint }: StatementRefused): string => {
  if (hint?.includes('Signature expired')) {
    return `${message}: the token had expired; is the clock of this machine right?`;
  }
  if (message.includes('access denied')) {
    return `${message}: the IAM role needs dsql:DbConnect, or DbConnectAdmin, on this cluster, and an AWS IAM GRANT`;
  }
  if (code === '55000' && /^index .* is not valid$/.test(message)) {
    return `${message}: its job goes on or has failed, as sys.jobs says. Wait for it with CALL sys.wait_for_job`;
  }
  return code === '25P02' ? `${message}: the error of an earlier statement is the cause` : message;
};

/** The names that the server gives besides its message. */
const namesOf = ({ message, constraint, schema, table, column }: StatementRefused): string => {
  const names = [
    constraint === undefined || message.includes(constraint) ? '' : `constraint ${constraint}`,
    table === undefined ? '' : `table ${schema === undefined ? table : `${schema}.${table}`}`,
    column === undefined || message.includes(column) ? '' : `column ${column}`,
  ].filter(Boolean);
  return names.length === 0 ? '' : ` (${names.join(', ')})`;
};

const refused = (server: StatementRefused): string => {
  const where = server.statement === undefined ? '' : `, in: ${server.statement}`;
  return `The database refused a statement: ${server.code}, ${advised(server)}${namesOf(server)}${where}`;
};

/**
 * Conflicts over the schema. The session knows the new schema, or prepares anew, in the next
 * attempt.
 */
const overSchema = /OC001|^26000|cached plan/;

const faultOfServer = (given: Error & ServerError, committing: boolean): Fault => {
  const server = withoutValues(given);
  const options = { cause: server };
  switch (meaningOf(given)) {
    case 'conflict': {
      const over = overSchema.test(`${server.code} ${server.message}`) ? 'schema' : 'data';
      return new Conflict(advised(server), { cause: server, over });
    }
    case 'unavailable':
      return committing
        ? new OutcomeUnknown(advised(server), options)
        : new Unavailable(advised(server), options);
    case 'unknown':
      return new OutcomeUnknown(advised(server), options);
    case 'too-large':
      return new InvalidInput(advised(server), options);
    case 'internal':
      return committing
        ? new OutcomeUnknown('The database has failed during COMMIT', options)
        : new InvariantViolation(refused(server), options);
    case 'bug':
      return new InvariantViolation(refused(server), options);
  }
};

/** The fault has the SQLSTATE too: libraries for PostgreSQL look for it in the error itself. */
const serverFault = (given: Error & ServerError, committing: boolean): Fault =>
  Object.assign(faultOfServer(given, committing), { code: given.code });

/** Node's codes for a wrong certificate, which another attempt would meet again. */
const certificateCode = /CERT|LEAF_SIGNATURE|HOSTNAME_MISMATCH|^INVALID_CA$|^INVALID_PURPOSE$/;

const codeOf = (error: unknown): string => {
  for (const cause of causesOf(error)) {
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string') return code;
  }
  return '';
};

const limitFault = (
  error: TimeLimitReached,
  committing: boolean,
  limit: TimeLimit | undefined,
): Fault => {
  const options = { cause: error };
  if (!error.sent)
    return new Unavailable(`No time is left to send a statement ${inWords(limit)}`, options);
  const said = `The database did not answer ${inWords(limit)}`;
  return committing
    ? new OutcomeUnknown(`${said}. The statement may have taken effect`, options)
    : new Unavailable(said, options);
};

const driverFault = (error: unknown, committing: boolean, limit: TimeLimit | undefined): Fault => {
  const options = { cause: error };
  for (const cause of causesOf(error)) {
    if (cause instanceof TimeLimitReached) return limitFault(cause, committing, limit);
  }
  const code = codeOf(error);
  if (certificateCode.test(code)) {
    return new InvariantViolation(
      `The certificate of the database is not trusted (${code}): check the endpoint, and name its authority by the option ca or NODE_EXTRA_CA_CERTS`,
      options,
    );
  }
  // Node's error for a host with several addresses has an empty message.
  const reason = (error instanceof Error ? error.message : String(error)) || code;
  return committing
    ? new OutcomeUnknown(`Connection lost during COMMIT: ${reason}`, options)
    : new Unavailable(`No connection to the database: ${reason}`, options);
};

/**
 * Makes the fault that an error of the driver or the server means, however deep the error is
 * wrapped. The fault's cause is the server's error without values, without the errors around it.
 * The fault has the SQLSTATE in `code`.
 *
 * @param committing whether a COMMIT, or an autocommitted write, was under way. The outcome is
 * unknown then when the connection is lost
 * @param limit of the work's time, which the message names if it was too short
 */
export const faultOf = (error: unknown, committing: boolean, limit?: TimeLimit): Fault => {
  const fault = faultIn(error);
  if (fault) return fault;
  const server = serverErrorOf(error);
  return server ? serverFault(server, committing) : driverFault(error, committing, limit);
};
