import type { Driver } from 'kysely';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Session, SessionOptions } from './session.ts';

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
    pool.use(work, Date.now() + options.acquireMsMax, signal).catch((error: unknown) => {
      reject(signal?.aborted ? signal.reason : error);
    });
  });

/** Kysely's way to the pool. */
export const createDriver = (pool: ConnectionPool, options: DriverOptions): Driver => {
  let open: Parameters<typeof lend>[1] = () => {
    throw new InvariantViolation('Kysely initialises a driver before it uses it');
  };
  return {
    // On demand: most functions have Kysely only compile what the unit of work sends.
    init: async () => {
      const { Session: Loaded } = await import('./session.ts');
      open = (...parts) => new Loaded(...parts);
    },
    acquireConnection: (given) => lend(pool, open, options, given?.signal),
    beginTransaction: async (connection, settings) => (connection as Session).begin(settings),
    commitTransaction: (connection) => (connection as Session).commit(),
    rollbackTransaction: (connection) => (connection as Session).rollback(),
    releaseConnection: (connection) => (connection as Session).end(),
    destroy: () => pool.close(),
  };
};
