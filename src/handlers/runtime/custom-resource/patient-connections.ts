import type { ConnectionPool } from '../../../adapters/dsql/index.ts';
import { type Clock, type Logger, Unavailable } from '../../../domain/kernel/index.ts';
import { pause } from '../../../domain/kernel/work/retry.ts';

/** The first pause after a connection that was refused, in milliseconds. */
const pauseMsFirst = 1_000;

/** The longest one: IAM takes seconds to spread a new policy, a cluster to wake up. */
const pauseMsMax = 15_000;

/**
 * Connections for work that has minutes: where the cluster lets nobody in, it waits longer and
 * longer, until the deadline leaves no time for another attempt. A command has seconds, and its
 * retrier tries again at once.
 */
export const patientConnections = (
  connections: ConnectionPool,
  { clock, logger }: { readonly clock: Clock; readonly logger: Pick<Logger, 'warn'> },
): ConnectionPool => {
  let said = '';
  return {
    ...connections,
    use: async (work, deadline = Number.POSITIVE_INFINITY, signal) => {
      for (let failures = 0; ; failures += 1) {
        let begun = false;
        const begin: typeof work = (connection) => {
          begun = true;
          return work(connection);
        };
        try {
          return await connections.use(begin, deadline, signal);
        } catch (error) {
          const ms = Math.min(pauseMsMax, pauseMsFirst * 2 ** failures);
          const ends = signal?.aborted === true || clock.now() + ms >= deadline;
          if (begun || ends || !(error instanceof Unavailable)) throw error;
          const { message: reason } = error;
          if (reason !== said) logger.warn('The cluster takes no connection yet', { reason });
          said = reason;
          await pause(clock, ms, signal);
        }
      }
    },
  };
};
