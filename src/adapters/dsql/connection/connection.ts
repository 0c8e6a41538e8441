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
   * Sends all statements at once and waits for all answers: one network flight. The first statement that fails ends it;
   * what follows is not executed, and a transaction that was begun stays open until ROLLBACK.
   *
   * @param deadline milliseconds since the epoch. Nothing is sent after it; what is on its way then is cut off with the
   * connection, since nobody can tell any more which answer belongs to what
   * @throws {InvariantViolation} before anything is sent, for a parameter that cannot be
   */
  readonly flight: (statements: readonly Statement[], deadline: number) => Promise<FlightResult>;
  /** Whether it can still be used, as far as is known without asking. */
  readonly usable: () => boolean;
  /**
   * Says goodbye behind what is on its way, and hangs up when that takes too long: the other side may be gone. Safe to
   * call twice.
   */
  readonly close: () => Promise<void>;
}

/** Where and as whom one connection is opened, and how it is spoken to. */
export type ConnectOptions = DsqlTarget & {
  /** PEM of the authority to trust; absent: Node's own, which includes Amazon's. */
  readonly ca?: string;
  /** Milliseconds for TCP, TLS and authentication. */
  readonly connectMsMax?: number;
  /** Send a flight's statements one by one, for a server that cannot take a pipeline. */
  readonly serial?: boolean;
  /**
   * Send `BEGIN` without an isolation level, for a server that refuses it. Its transactions must be repeatable read by
   * themselves, as those of DSQL are.
   */
  readonly plainBegin?: boolean;
  /** Statements that a connection may keep prepared, from their second execution on; absent: 100, 0 for none. */
  readonly preparedStatementsMax?: number | undefined;
};

/** A cold multi-Region endpoint answers in well under a second; an idle cluster refuses and is asked again. */
const connectMsMaxDefault = 5_000;

/** A goodbye that takes longer is not coming. Milliseconds. */
const closeMsMax = 1_000;

/** What is on its way has longer, if its own deadline allows it. Milliseconds. */
const closeBusyMsMax = 5_000;

/** The database of a cluster; it has no other. */
const database = 'postgres';

const applicationName = 'antipode';

/** What `pg` does not declare of its client. */
type Internals = {
  getStartupConf: () => Readonly<Record<string, string>>;
  readonly connection: { readonly stream: Socket };
  readonly connectionParameters: { password: unknown };
  password: unknown;
};

const internalsOf = (client: Client): Internals => client as unknown as Internals;

/** Ends a client whose socket may be dead: an orderly goodbye could wait for ever. */
const destroy = (client: Client): void => {
  internalsOf(client).connection.stream.destroy();
};

/** Forgets the token: it has served, and nobody who looks at a process should find it. */
const forgetToken = (client: Client): void => {
  const internals = internalsOf(client);
  internals.password = null;
  internals.connectionParameters.password = null;
};

/** `pg` says only that the time has expired: says how long it was, and which option sets it. */
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
      // After a freeze the timer is late and the answer may be in the socket: look there first.
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

/** Nothing was sent, so nothing can have happened. */
const unsent = (error: Error): FlightResult => ({ results: [], error });

/**
 * A client that takes nothing from the environment: `pg` fills every setting that its caller leaves out from `PG…`
 * variables and the user's password file. So each of them is given here, and the startup message is written here.
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
    // A flight may ride behind one that nobody waits for.
    pipeline: true,
    types: valueParsers,
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    application_name: applicationName,
  });
  // Otherwise PGOPTIONS and PGREPLICATION would be sent: `pg` takes a setting that is empty for one that is missing.
  internalsOf(client).getStartupConf = () => ({
    user: options.user,
    database,
    application_name: applicationName,
  });
  return client;
};

/** After anything but an ERROR of the server the connection is about to end, and its end may not have been read yet. */
const goesOn = (error: unknown): boolean => {
  const server = serverErrorOf(error);
  return server !== undefined && !/FATAL|PANIC/.test(server.severity);
};

const plainBegin = statement('BEGIN');

/** Leaves `BEGIN READ ONLY` as it is: DSQL's documentation has it, and without it a write would not be refused. */
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
 * Opens one connection: TLS from the first byte (which saves a round trip), certificate and host name verified,
 * a token signed for it alone.
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
  // `pg` notices only when the socket has closed; the other side's goodbye comes some turns earlier.
  stream.on('end', lost);
  // A connection keeps the process alive only while a statement is on its way: a script ends without closing it.
  stream.unref();
  const usable = () => alive && stream.readable && stream.writable;
  const sendAsTold = options.serial
    ? inTurn((statements) => flySerially(by, statements))
    : (statements: readonly Statement[]) => fly(by, statements);
  const send: Send = options.plainBegin
    ? (statements) => sendAsTold(statements.map(withPlainBegin))
    : sendAsTold;
  let underWay = 0;
  /** The last deadline of what is on its way. */
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
