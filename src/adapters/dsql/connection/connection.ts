import type { Socket } from 'node:net';
import type { Client } from 'pg';
import { defined } from '../../../domain/kernel/defined.ts';
import { Unavailable } from '../../../domain/kernel/index.ts';
import { PgClient } from '../wire/pg-client.ts';
import {
  createPreparedStatements,
  preparedStatementsMaxDefault,
} from '../wire/prepared-statements.ts';
import { type FlightResult, type Statement, statement } from '../wire/statement.ts';
import { fly, flySerially } from '../wire/statement-pipeline.ts';
import { valueParsers } from '../wire/value-parsers.ts';
import { begin } from './begin.ts';
import { type DsqlTarget, hostAndPort } from './endpoint.ts';
import { serverErrorOf } from './error-mapping.ts';
import { timerMsMax } from './semaphore.ts';
import { TimeLimitReached } from './time-limit.ts';
import type { TokenSource } from './token.ts';

/** One connection, used by one piece of work at a time. */
export interface Connection {
  /**
   * Sends all statements at once and waits for all answers: one network flight. The server skips
   * the statements behind one that fails, and a transaction that was begun stays open until
   * ROLLBACK.
   *
   * @param deadline milliseconds since the epoch. Nothing is sent after it. Statements without an
   * answer by then lose their connection, since later answers could not be assigned to their
   * statements
   * @throws {InvariantViolation} before anything is sent, for a parameter that cannot be
   */
  readonly flight: (statements: readonly Statement[], deadline: number) => Promise<FlightResult>;
  /** Whether the connection can be used, as far as is known without asking the server. */
  readonly usable: () => boolean;
  /**
   * Ends the session behind the statements that are on their way. Closes the socket when that takes
   * too long, since the server may be gone. May be called twice.
   */
  readonly close: () => Promise<void>;
}

/** The target of one connection, and how statements are sent to it. */
export type ConnectOptions = DsqlTarget & {
  /** PEM of the authority to trust; absent: Node's own, which includes Amazon's. */
  readonly ca?: string;
  /** Milliseconds for TCP, TLS and authentication. */
  readonly connectMsMax?: number;
  /** Send a flight's statements one by one, for a server that cannot take a pipeline. */
  readonly serial?: boolean;
  /**
   * Send `BEGIN` without an isolation level, for a server that refuses it. Its transactions must be
   * repeatable read by themselves, as those of DSQL are.
   */
  readonly plainBegin?: boolean;
  /**
   * Statements that a connection may keep prepared, from their second execution on; absent: 100, 0
   * for none.
   */
  readonly preparedStatementsMax?: number | undefined;
};

/**
 * A cold multi-Region endpoint answers in well under a second; an idle cluster refuses and is asked
 * again.
 */
const connectMsMaxDefault = 5_000;

/** The time to end an idle session in order. Milliseconds. */
const closeMsMax = 1_000;

/** The same while statements are on their way, if their own deadline allows it. Milliseconds. */
const closeBusyMsMax = 5_000;

/** The database of a cluster; it has no other. */
const database = 'postgres';

const applicationName = 'antipode';

/** Members of `pg`'s client that its types do not declare. */
type Internals = {
  getStartupConf: () => Readonly<Record<string, string>>;
  readonly connection: { readonly stream: Socket };
  readonly connectionParameters: { password: unknown };
  password: unknown;
};

const internalsOf = (client: Client): Internals => client as unknown as Internals;

/** Closes the socket of a client. An orderly end could wait for ever for a dead server. */
const destroy = (client: Client): void => {
  internalsOf(client).connection.stream.destroy();
};

/** Removes the token, which is not needed any more, from the memory of the process. */
const forgetToken = (client: Client): void => {
  const internals = internalsOf(client);
  internals.password = null;
  internals.connectionParameters.password = null;
};

/** Adds the limit and its option to `pg`'s error, which says only that the time has expired. */
const limitNamed = (error: unknown, roomMs: number, connectMsMax: number): unknown => {
  if (!(error instanceof Error) || error.message !== 'timeout expired') return error;
  const limit = `"connectMsMax" sets the limit of ${connectMsMax} ms`;
  return new Error(`timeout expired: no connection within ${roomMs} ms, ${limit}`, {
    cause: error,
  });
};

/** Runs `expire` at the deadline, unless `work` has settled by then. */
const withDeadline = async <T>(
  work: Promise<T>,
  deadline: number,
  expire: () => void,
): Promise<T> => {
  let settled = false;
  const timer = setTimeout(
    () => {
      // After a freeze the timer is late, and the answer may be in the socket already.
      setImmediate(() => {
        if (!settled) expire();
      });
    },
    Math.min(Math.max(0, deadline - Date.now()), timerMsMax),
  );
  try {
    return await work;
  } finally {
    settled = true;
    clearTimeout(timer);
  }
};

/** The result of a flight that was not sent. */
const unsent = (error: Error): FlightResult => ({ results: [], error });

/**
 * Creates a client that takes nothing from the environment. `pg` fills each setting that is left
 * out from `PG…` variables and the user's password file, so all of them are given here, and so is
 * the startup message.
 */
const createClient = (
  options: ConnectOptions,
  tokens: TokenSource,
  connectMsMax: number,
): Client => {
  const { host, port } = hostAndPort(options.endpoint);
  const client = new PgClient({
    host,
    port,
    user: options.user,
    password: () => tokens.token(),
    database,
    ssl: { rejectUnauthorized: true, ...defined({ ca: options.ca }) },
    sslnegotiation: 'direct',
    // A flight may be sent behind one whose answer nobody awaits.
    pipeline: true,
    types: valueParsers,
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    application_name: applicationName,
  });
  // Otherwise `pg` would send PGOPTIONS and PGREPLICATION: it takes an empty setting for a missing
  // one.
  internalsOf(client).getStartupConf = () => ({
    user: options.user,
    database,
    application_name: applicationName,
  });
  return client;
};

/** Whether the connection outlives an error: only after an ERROR of the server, not a FATAL one. */
const goesOn = (error: unknown): boolean => {
  const server = serverErrorOf(error);
  return server !== undefined && !/FATAL|PANIC/.test(server.severity);
};

const plainBegin = statement('BEGIN');

/**
 * Keeps `BEGIN READ ONLY`, which DSQL documents, and without which a write would not be refused.
 */
const withPlainBegin = (one: Statement): Statement => (one === begin ? plainBegin : one);

type Send = (statements: readonly Statement[]) => Promise<FlightResult>;

/** Sends a flight when the one before it has been answered. */
const inTurn = (send: Send): Send => {
  let before: Promise<unknown> = Promise.resolve();
  return (statements) => {
    const sent = before.then(() => send(statements));
    before = sent.catch(() => undefined);
    return sent;
  };
};

/**
 * Opens one connection: TLS from the first byte (which saves a round trip), certificate and host
 * name verified, a token signed for it alone.
 *
 * @param deadline milliseconds since the epoch, where that comes before the connect timeout
 * @throws {Error} of `pg` when it is refused or times out
 */
export const connect = async (
  options: ConnectOptions,
  tokens: TokenSource,
  deadline = Number.POSITIVE_INFINITY,
): Promise<Connection> => {
  const {
    connectMsMax = connectMsMaxDefault,
    preparedStatementsMax = preparedStatementsMaxDefault,
  } = options;
  // At least 1: `pg` takes 0 for no limit.
  const roomMs = Math.max(1, Math.min(connectMsMax, deadline - Date.now()));
  const client = createClient(options, tokens, roomMs);
  const by = { client, prepared: createPreparedStatements(preparedStatementsMax) };
  let alive = true;
  const lost = () => {
    alive = false;
  };
  client.on('error', lost);
  client.on('end', lost);
  try {
    await client.connect();
  } catch (error) {
    destroy(client);
    throw limitNamed(error, roomMs, connectMsMax);
  }
  forgetToken(client);
  const { stream } = internalsOf(client).connection;
  // The server's end of the stream arrives some turns before `pg` notices the closed socket.
  stream.on('end', lost);
  // A connection keeps the process alive only while a statement is on its way, so a script can end.
  stream.unref();
  const usable = () => alive && stream.readable && stream.writable;
  const sendAsTold = options.serial
    ? inTurn((statements) => flySerially(by, statements))
    : (statements: readonly Statement[]) => fly(by, statements);
  const send: Send = options.plainBegin
    ? (statements) => sendAsTold(statements.map(withPlainBegin))
    : sendAsTold;
  let underWay = 0;
  /** The latest deadline of the statements on their way. */
  let busyUntil = 0;

  return {
    flight: async (statements, deadline) => {
      if (!usable()) {
        return unsent(new Unavailable('The connection was lost before the statement was sent'));
      }
      if (Date.now() >= deadline) return unsent(new TimeLimitReached(false));
      busyUntil = underWay === 0 ? deadline : Math.max(busyUntil, deadline);
      underWay += 1;
      stream.ref();
      let expired = false;
      try {
        const flown = await withDeadline(send(statements), deadline, () => {
          expired = true;
          lost();
          destroy(client);
        });
        if (flown.error !== undefined && !goesOn(flown.error)) lost();
        if (flown.error === undefined || serverErrorOf(flown.error) || !expired) return flown;
        return { results: flown.results, error: new TimeLimitReached(true) };
      } finally {
        underWay -= 1;
        if (underWay === 0) stream.unref();
      }
    },
    usable,
    close: async () => {
      const reachable = usable();
      lost();
      const now = Date.now();
      const busy = underWay === 0 ? 0 : Math.min(busyUntil, now + closeBusyMsMax);
      const until = Math.max(busy, now + closeMsMax);
      stream.ref();
      if (reachable) await withDeadline(client.end(), until, () => destroy(client));
      else destroy(client);
    },
  };
};
