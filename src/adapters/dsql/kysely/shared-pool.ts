import type { ConnectionPool } from '../connection/connection-pool.ts';

/** As much of a pool as a driver of Kysely needs. */
export type DriverPool = Pick<ConnectionPool, 'use' | 'close'>;

/** Gives a pool to one more user. The pool is closed when each of its users has closed it. */
export type JoinPool = () => DriverPool;

/**
 * Shares a pool among the instances of Kysely that use one dialect.
 *
 * @param first the pool, opened already
 * @param reopen opens a pool for a user who comes after the last one has left; absent for a pool
 * that the dialect was given, which stays closed
 */
export const sharePool = (first: DriverPool, reopen?: () => DriverPool): JoinPool => {
  let pool = first;
  let users = 0;
  let isClosed = false;
  return () => {
    if (isClosed && reopen) {
      pool = reopen();
      isClosed = false;
    }
    users += 1;
    const own = pool;
    let hasLeft = false;
    return {
      use: (work, deadline, signal) => own.use(work, deadline, signal),
      close: async () => {
        if (hasLeft) return;
        hasLeft = true;
        users -= 1;
        if (users > 0) return;
        isClosed = true;
        await own.close();
      },
    };
  };
};
