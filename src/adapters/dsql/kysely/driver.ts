import type { Driver } from 'kysely';
import { InvariantViolation, Unavailable } from '../../../domain/kernel/index.ts';
import { errorForCaller } from '../transaction/error-for-caller.ts';
import { isReplay, replayConnection } from '../transaction/kysely-result.ts';
import type { KyselyConnection, KyselyConnectionOptions } from './kysely-connection.ts';
import type { DriverPool } from './shared-pool.ts';

type DriverOptions = KyselyConnectionOptions & {
  /** Milliseconds until a connection must be free or opened. */
  readonly acquireMsMax: number;
};

/** Lends a connection of the pool until Kysely releases it. */
const lend = (
  pool: DriverPool,
  open: (...parts: ConstructorParameters<typeof KyselyConnection>) => KyselyConnection,
  options: DriverOptions,
  signal?: AbortSignal,
): Promise<KyselyConnection> =>
  new Promise((resolve, reject) => {
    const work: Parameters<DriverPool['use']>[0] = (connection) =>
      new Promise<void>((giveBack) => {
        resolve(open(connection, options, () => giveBack()));
      });
    const deadline = Date.now() + options.acquireMsMax;
    pool.use(work, deadline, signal).catch((error: unknown) => {
      reject(signal?.aborted ? signal.reason : limitNamed(error, deadline, options));
    });
  });

/** Names the limit in the message about a connection that came too late. */
const limitNamed = (error: unknown, deadline: number, { acquireMsMax }: DriverOptions): unknown =>
  error instanceof Unavailable && Date.now() >= deadline
    ? new Unavailable(
        `${error.message}: "acquireMsMax" of DsqlDialect sets the limit of ${acquireMsMax} ms, "size" the number of connections`,
        { cause: error },
      )
    : error;

/** Refuses a savepoint. The transaction stays as it is, and may be committed. */
const noSavepoints = async (): Promise<never> => {
  throw new InvariantViolation(
    'DSQL has no savepoints: run the part that may fail in a transaction of its own',
  );
};

/** Creates the driver through which Kysely uses the pool. */
export const createDriver = (pool: DriverPool, options: DriverOptions): Driver => ({
  init: async () => undefined,
  acquireConnection: async (given) => {
    if (isReplay(given)) return replayConnection();
    // Loaded on demand: in most functions Kysely only compiles queries for the unit of work.
    const { KyselyConnection: Loaded } = await import('./on-demand.ts');
    try {
      return await lend(pool, (...parts) => new Loaded(...parts), options, given?.signal);
    } catch (error) {
      throw errorForCaller(error, new Error());
    }
  },
  beginTransaction: (connection, settings) => (connection as KyselyConnection).begin(settings),
  commitTransaction: (connection) => (connection as KyselyConnection).commit(),
  rollbackTransaction: (connection) => (connection as KyselyConnection).rollback(),
  savepoint: noSavepoints,
  rollbackToSavepoint: noSavepoints,
  releaseSavepoint: noSavepoints,
  releaseConnection: (connection) => (connection as KyselyConnection).end(),
  destroy: () => pool.close(),
});
