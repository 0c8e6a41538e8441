import type { Driver } from 'kysely';
import { InvariantViolation } from '../../domain/kernel/index.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { Session } from './session.ts';

/** Lends a connection of the pool until the session ends. */
const lend = (
  pool: ConnectionPool,
  open: (...given: ConstructorParameters<typeof Session>) => Session,
  limits: { readonly statementMsMax: number; readonly acquireMsMax: number },
  signal?: AbortSignal,
): Promise<Session> =>
  new Promise((resolve, reject) => {
    const work: Parameters<ConnectionPool['use']>[0] = (connection) =>
      new Promise<void>((giveBack) => {
        resolve(open(connection, limits.statementMsMax, () => giveBack()));
      });
    pool.use(work, Date.now() + limits.acquireMsMax, signal).catch((error: unknown) => {
      reject(signal?.aborted ? signal.reason : error);
    });
  });

/** Kysely's way to the pool. */
export const createDriver = (
  pool: ConnectionPool,
  limits: { readonly statementMsMax: number; readonly acquireMsMax: number },
): Driver => {
  let open: Parameters<typeof lend>[1] = () => {
    throw new InvariantViolation('Kysely initialises a driver before it uses it');
  };
  return {
    // On demand: most functions have Kysely only compile what the unit of work sends.
    init: async () => {
      const { Session: Loaded } = await import('./session.ts');
      open = (...given) => new Loaded(...given);
    },
    acquireConnection: (options) => lend(pool, open, limits, options?.signal),
    beginTransaction: async (connection, settings) => (connection as Session).begin(settings),
    commitTransaction: (connection) => (connection as Session).commit(),
    rollbackTransaction: (connection) => (connection as Session).rollback(),
    releaseConnection: (connection) => (connection as Session).end(),
    destroy: () => pool.close(),
  };
};
