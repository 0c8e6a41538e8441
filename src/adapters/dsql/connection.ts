import { Client } from 'pg';
import { type Answer, encodeParameters, type Row, type Statement } from './statement.ts';
import { type DsqlTarget, hostAndPort, type TokenSource } from './token.ts';

/** One connection, used by one piece of work at a time. */
export interface Connection {
  /**
   * Sends all statements at once and waits for all answers: one network flight. Each is its own extended-protocol
   * query, so inside `BEGIN` a failure fails every later statement (25P02) and makes COMMIT answer `ROLLBACK`.
   *
   * What has no answer by the deadline, or when the connection is lost, has the error as its answer.
   *
   * @throws {InvariantViolation} before anything is sent, for a parameter that cannot be
   * @param deadline milliseconds since the epoch; the connection is closed then, since it cannot be used any more
   */
  readonly flight: (
    statements: readonly Statement[],
    deadline: number,
  ) => Promise<readonly Answer[]>;
  /** Whether it can still be used, as far as is known without asking. */
  readonly usable: () => boolean;
  readonly close: () => Promise<void>;
}

export type ConnectOptions = DsqlTarget & {
  /** PEM of the authority to trust; absent: Node's own, which includes Amazon's. */
  readonly ca?: string;
  /** Milliseconds for TCP, TLS and authentication. */
  readonly connectTimeoutMs?: number;
  /** Send a flight's statements one by one, for a server that cannot take a pipeline. */
  readonly serial?: boolean;
};

/** A cold multi-Region endpoint answers in well under a second; an idle cluster refuses and is asked again. */
const defaultConnectTimeoutMs = 5_000;

/** The shape of `pg`'s client that is used beyond its published types. */
type Corkable = { readonly connection: { readonly stream: { cork(): void; uncork(): void } } };

const answerOf = async (
  query: Promise<{ command: string; rowCount: number | null; rows: Row[] }>,
): Promise<Answer> => {
  try {
    const { command, rowCount, rows } = await query;
    return { ok: true, command, rowCount: rowCount ?? 0, rows };
  } catch (error) {
    return { ok: false, error };
  }
};

const send = (client: Client, statements: readonly Statement[]): Promise<Answer>[] => {
  const queries = statements.map((one) => ({ text: one.sql, values: encodeParameters(one) }));
  const { stream } = (client as unknown as Corkable).connection;
  stream.cork();
  try {
    return queries.map((query) => answerOf(client.query<Row>(query)));
  } finally {
    stream.uncork();
  }
};

const sendSerially = async (
  client: Client,
  statements: readonly Statement[],
): Promise<readonly Answer[]> => {
  const answers: Answer[] = [];
  for (const one of statements) answers.push(...(await Promise.all(send(client, [one]))));
  return answers;
};

/** Ends a client whose socket may be dead: an orderly goodbye could wait for ever. */
const destroy = (client: Client): void => {
  (
    client as unknown as { connection: { stream: { destroy(): void } } }
  ).connection.stream.destroy();
};

/**
 * Opens one connection: TLS from the first byte (which saves a round trip), certificate and host name verified,
 * a token signed for it alone.
 *
 * @throws {Error} of `pg` when it is refused or times out
 */
export const connect = async (
  options: ConnectOptions,
  tokens: TokenSource,
): Promise<Connection> => {
  const { host, port } = hostAndPort(options.endpoint);
  const serial = options.serial ?? false;
  const client = new Client({
    host,
    port,
    user: options.user,
    password: () => tokens.token(),
    database: 'postgres',
    ssl: { rejectUnauthorized: true, ...(options.ca === undefined ? {} : { ca: options.ca }) },
    sslnegotiation: 'direct',
    pipeline: !serial,
    connectionTimeoutMillis: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
    keepAlive: true,
    application_name: 'antipode',
  });
  let alive = true;
  const lost = () => {
    alive = false;
  };
  client.on('error', lost);
  client.on('end', lost);
  await client.connect();

  return {
    flight: async (statements, deadline) => {
      const expire = () => {
        lost();
        destroy(client);
      };
      const timer = setTimeout(expire, Math.max(0, deadline - Date.now()));
      try {
        return serial
          ? await sendSerially(client, statements)
          : await Promise.all(send(client, statements));
      } finally {
        clearTimeout(timer);
      }
    },
    usable: () => alive,
    close: async () => {
      if (alive) await client.end();
      else destroy(client);
    },
  };
};
