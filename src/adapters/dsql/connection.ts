import { Client } from 'pg';
import { type FlightResult, fly, flySerially } from './flight.ts';
import type { Statement } from './statement.ts';
import { type DsqlTarget, hostAndPort, type TokenSource } from './token.ts';

/** One connection, used by one piece of work at a time. */
export interface Connection {
  /**
   * Sends all statements at once and waits for all answers: one network flight. The first statement that fails ends it;
   * what follows is not executed, and a transaction that was begun stays open until ROLLBACK.
   *
   * @param deadline milliseconds since the epoch; the connection is closed then, with everything on its way, since
   * nobody can tell any more which answer belongs to what
   * @throws {InvariantViolation} before anything is sent, for a parameter that cannot be
   */
  readonly flight: (statements: readonly Statement[], deadline: number) => Promise<FlightResult>;
  /** Whether it can still be used, as far as is known without asking. */
  readonly usable: () => boolean;
  readonly close: () => Promise<void>;
}

export type ConnectOptions = DsqlTarget & {
  /** PEM of the authority to trust; absent: Node's own, which includes Amazon's. */
  readonly ca?: string;
  /** Milliseconds for TCP, TLS and authentication. */
  readonly connectMsMax?: number;
  /** Send a flight's statements one by one, for a server that cannot take a pipeline. */
  readonly serial?: boolean;
};

/** A cold multi-Region endpoint answers in well under a second; an idle cluster refuses and is asked again. */
const connectMsMaxDefault = 5_000;

/** Ends a client whose socket may be dead: an orderly goodbye could wait for ever. */
const destroy = (client: Client): void => {
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
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
    Math.max(0, deadline - Date.now()),
  );
  try {
    return await work;
  } finally {
    settled = true;
    clearTimeout(timer);
  }
};

const createClient = (
  options: ConnectOptions,
  tokens: TokenSource,
  connectMsMax: number,
): Client => {
  const { host, port } = hostAndPort(options.endpoint);
  return new Client({
    host,
    port,
    user: options.user,
    password: () => tokens.token(),
    database: 'postgres',
    ssl: { rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    sslnegotiation: 'direct',
    // A flight may ride behind one that nobody waits for.
    pipeline: true,
    connectionTimeoutMillis: connectMsMax,
    keepAlive: true,
    application_name: 'antipode',
  });
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
  const { connectMsMax = connectMsMaxDefault } = options;
  // At least 1: `pg` takes 0 for no limit.
  const roomMs = Math.max(1, Math.min(connectMsMax, deadline - Date.now()));
  const client = createClient(options, tokens, roomMs);
  const send = options.serial ? flySerially : fly;
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
    throw error;
  }

  return {
    flight: (statements, deadline) =>
      withDeadline(send(client, statements), deadline, () => {
        lost();
        destroy(client);
      }),
    usable: () => alive,
    close: async () => {
      if (alive) await client.end();
      else destroy(client);
    },
  };
};
