import type { Driver } from 'kysely';
import { InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { isReplay, replayConnection } from '../transaction/kysely-result.ts';
import type { Session, SessionOptions } from './kysely-connection.ts';

type DriverOptions = SessionOptions & {
  /** Milliseconds until a connection must be free or opened. */
  readonly acquireMsMax: number;
};

/** Lends a connection of the pool until the session ends. */
const lend = (
  pool: ConnectionPool,
  open: (...parts: ConstructorParameters<typeof Session>) => Session,
  options: DriverOptions,
  signal?: AbortSignal,
): Promise<Session> =>
  new Promise((resolve, reject) => {
    const work: Parameters<ConnectionPool['use']>[0] = (connection) =>
      new Promise<void>((giveBack) => {
        resolve(open(connection, options, () => giveBack()));
      });
    const deadline = Date.now() + options.acquireMsMax;
    pool.use(work, deadline, signal).catch((error: unknown) => {
      reject(signal?.aborted ? signal.reason : limitNamed(error, deadline, options));
    });
  });

/** A connection that is late has met a limit that the person may not know of. */
const limitNamed = (error: unknown, deadline: number, { acquireMsMax }: DriverOptions): unknown =>
  error instanceof Unavailable && Date.now() >= deadline
    ? new Unavailable(
        `${error.message}: "acquireMsMax" of DsqlDialect sets the limit of ${acquireMsMax} ms, "size" the number of connections`,
        { cause: error },
      )
    : error;

/** DSQL has none. The transaction goes on as it is, and may be committed. */
const noSavepoints = async (): Promise<never> => {
  throw new InvariantViolation(
    'DSQL has no savepoints: run the part that may fail in a transaction of its own',
  );
};

/** Kysely's way to the pool. */
export const createDriver = (pool: ConnectionPool, options: DriverOptions): Driver => ({
  init: async () => undefined,
  acquireConnection: async (given) => {
    if (isReplay(given)) return replayConnection();
    // On demand: most functions have Kysely only compile what the unit of work sends.
    const { Session: Loaded } = await import('./kysely-connection.ts');
    return lend(pool, (...parts) => new Loaded(...parts), options, given?.signal);
  },
  beginTransaction: async (connection, settings) => (connection as Session).begin(settings),
  commitTransaction: (connection) => (connection as Session).commit(),
  rollbackTransaction: (connection) => (connection as Session).rollback(),
  savepoint: noSavepoints,
  rollbackToSavepoint: noSavepoints,
  releaseSavepoint: noSavepoints,
  releaseConnection: (connection) => (connection as Session).end(),
  destroy: () => pool.close(),
});
