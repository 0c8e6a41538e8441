import {
  Conflict,
  Fault,
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
  readonly constraint?: string;
  /** Of the constraint's table. */
  readonly schema?: string;
};

/** How deep errors may be wrapped, by query builders and ORMs, before the server's own is looked for no further. */
const causesMax = 8;

const sqlstatePattern = /^[0-9A-Z]{5}$/;

/** The server's error in a chain of causes, if there is one. */
export const serverErrorOf = (error: unknown): ServerError | undefined => {
  let current: unknown = error;
  for (let depth = 0; depth < causesMax && current instanceof Error; depth += 1) {
    const { code } = current as { code?: unknown };
    // Node's own codes (EPIPE, ECONNRESET …) can look like one; a server error has a severity.
    if (typeof code === 'string' && sqlstatePattern.test(code) && 'severity' in current) {
      return current as unknown as ServerError;
    }
    current = current.cause;
  }
  return undefined;
};

type Meaning = 'conflict' | 'unavailable' | 'unknown' | 'too-large' | 'internal' | 'bug';

/** By SQLSTATE, or by its class of two characters. */
const meanings: Readonly<Record<string, Meaning>> = {
  '40001': 'conflict', // OC000 and OC001
  '40P01': 'conflict', // a deadlock: PostgreSQL only, DSQL has no locks
  '40003': 'unknown', // statement completion unknown
  '08P01': 'bug', // a protocol violation, unless it is the message's length
  '53200': 'too-large', // a query that needs more than 128 MiB of memory
  '08': 'unavailable', // connection exception
  '28': 'unavailable', // access denied: a new IAM grant takes seconds to be known everywhere
  '53': 'unavailable', // 53300 too many connections, 53400 connection rate
  '57': 'unavailable', // 57P01 … 57P03: shutting down, starting up
  '54': 'too-large', // 3,000 rows, 10 MiB, a row of 2 MiB, a key of 1 KiB
  '58': 'internal', // system error
  XX: 'internal', // internal error: it says nothing of what was committed before it
};

/** DSQL gives its age limit of 300 s the class of the size limits, but a new attempt starts young. */
const ageLimit = 'transaction age limit';

/** A FATAL without a useful SQLSTATE, while an idle cluster wakes up. */
const wakingUp = 'waking up cluster';

/** A message over 10 MiB. */
const messageTooLong = 'invalid message length';

const meaningOf = ({ code, message }: ServerError): Meaning => {
  if (message.includes(wakingUp) || message.includes(ageLimit)) return 'unavailable';
  if (message.includes(messageTooLong)) return 'too-large';
  return meanings[code] ?? meanings[code.slice(0, 2)] ?? 'bug';
};

/** Classes whose messages speak of statements and names, never of the values in them. */
const quotesNoValues = /^(0A|25|42)/;

/** A refused value would be quoted in the server's message, and a fault's message goes to logs and queues. */
const withoutValues = ({ code, message, constraint }: ServerError): string => {
  const what = quotesNoValues.test(code) ? message : (constraint ?? 'its message may quote values');
  return `The database refused a statement: ${code}, ${what}`;
};

/**
 * What an error of the driver or the server means for the work that met it.
 *
 * @param committing whether a COMMIT (or an autocommitted write) was under way: a connection that is lost then
 * proves nothing
 */
export const faultOf = (error: unknown, committing: boolean): Fault => {
  if (error instanceof Fault) return error;
  const options = { cause: error };
  const server = serverErrorOf(error);
  if (!server) {
    const reason = error instanceof Error ? error.message : String(error);
    return committing
      ? new OutcomeUnknown(`Connection lost during COMMIT: ${reason}`, options)
      : new Unavailable(`No connection to the database: ${reason}`, options);
  }
  const meaning = meaningOf(server);
  switch (meaning) {
    case 'conflict':
      return new Conflict(server.message, options);
    case 'unavailable':
      return committing
        ? new OutcomeUnknown(server.message, options)
        : new Unavailable(server.message, options);
    case 'unknown':
      return new OutcomeUnknown(server.message, options);
    case 'too-large':
      return new InvalidInput(server.message, options);
    case 'internal':
      return committing
        ? new OutcomeUnknown(server.message, options)
        : new InvariantViolation(withoutValues(server), options);
    case 'bug':
      return new InvariantViolation(withoutValues(server), options);
  }
};
