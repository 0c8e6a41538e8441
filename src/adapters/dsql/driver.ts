import type { Driver } from 'kysely';
import type { ConnectionPool } from './connection-pool.ts';
import { Session } from './session.ts';

/** Lends a connection of the pool until the session ends. */
const openSession = (
  pool: ConnectionPool,
  statementMsMax: number,
  deadline: number,
  signal?: AbortSignal,
): Promise<Session> =>
  new Promise((resolve, reject) => {
    const lend: Parameters<ConnectionPool['use']>[0] = (connection) =>
      new Promise<void>((giveBack) =>
        resolve(new Session(connection, statementMsMax, () => giveBack())),
      );
    pool.use(lend, deadline, signal).catch(reject);
  });

/** Kysely's way to the pool. */
export const createDriver = (
  pool: ConnectionPool,
  limits: { readonly statementMsMax: number; readonly acquireMsMax: number },
): Driver => ({
  init: async () => undefined,
  acquireConnection: (options) =>
    openSession(pool, limits.statementMsMax, Date.now() + limits.acquireMsMax, options?.signal),
  beginTransaction: async (connection, settings) => (connection as Session).begin(settings),
  commitTransaction: (connection) => (connection as Session).commit(),
  rollbackTransaction: (connection) => (connection as Session).rollback(),
  releaseConnection: (connection) => (connection as Session).end(),
  destroy: () => pool.close(),
});
