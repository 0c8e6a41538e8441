import pg from 'pg';
import { clientConfig, type Postgres } from '../postgres/postgres.ts';

/** Says why a PostgreSQL that was given cannot be used. */
export const unusablePostgres = ({ host, port }: Postgres, cause: unknown): Error => {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = code === '42501' ? 'its user must be a superuser' : message || code;
  return new Error(`cannot use the PostgreSQL at ${host}:${port}: ${reason}`, { cause });
};

/** A server that is there answers within milliseconds, one far away within a second or two. */
const connectMsMax = 10_000;

/**
 * A PostgreSQL that runs elsewhere. One connection stays open while it is used: when that
 * connection ends, the server has ended.
 *
 * @param signal ends the attempt to reach it
 * @throws {Error} with one line when it cannot be reached.
 */
export const guardedPostgres = async (
  postgres: Postgres,
  signal: AbortSignal,
): Promise<Postgres> => {
  const { host, port } = postgres;
  const failure = new AbortController();
  const guard = new pg.Client({
    ...clientConfig(postgres),
    keepAlive: true,
    connectionTimeoutMillis: connectMsMax,
  });
  let lastWords = 'its connection was closed';
  let stopping = false;
  guard.on('error', (error) => {
    lastWords = error.message;
  });
  guard.on('end', () => {
    if (stopping) return;
    failure.abort(new Error(`the PostgreSQL at ${host}:${port} has ended: ${lastWords}`));
  });
  // A server that hangs does not answer the end of a connection.
  const drop = () => void guard.connection.stream.destroy();
  signal.addEventListener('abort', drop, { once: true });
  await guard.connect().catch((cause: unknown) => {
    throw unusablePostgres(postgres, cause);
  });
  signal.removeEventListener('abort', drop);
  return {
    ...postgres,
    failed: failure.signal,
    stop: async () => {
      stopping = true;
      drop();
      await postgres.stop();
    },
  };
};
