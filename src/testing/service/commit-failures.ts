import type { ConnectionPool } from '../../adapters/dsql/index.ts';
import type { DsqlEndpoint } from '../database/local-dsql.ts';
import type { RegionSide } from './region-side.ts';

/** A failure of one COMMIT, by the name that the endpoint has for it. */
type CommitFailure = 'conflict' | 'lostCommit';

/**
 * Failures of the next COMMIT in a Region. The endpoint makes them, so a client sees them as it
 * does on AWS.
 *
 * @param isInRun whether a command or a consumer sends the statements; others commit too
 */
export const createCommitFailures = (isInRun: () => boolean) => {
  let asked: readonly { readonly side: RegionSide; readonly failure: CommitFailure }[] = [];

  const take = (side: RegionSide): CommitFailure | undefined => {
    const next = asked.find((one) => one.side === side);
    asked = asked.filter((one) => one !== next);
    return next?.failure;
  };

  return {
    ask: (side: RegionSide, failure: CommitFailure): void => {
      asked = [...asked, { side, failure }];
    },
    clear: (): void => {
      asked = [];
    },
    /** The same connections, on which the next COMMIT fails when the test has asked for it. */
    connecting: (
      side: RegionSide,
      connections: ConnectionPool,
      { failures }: Pick<DsqlEndpoint, 'failures'>,
    ): ConnectionPool => ({
      ...connections,
      use: (work, ...limits) =>
        connections.use(
          (connection) =>
            work({
              ...connection,
              flight: async (statements, deadline) => {
                const commits = statements.at(-1)?.sql === 'COMMIT' && isInRun();
                const failure = commits ? take(side) : undefined;
                if (!failure) return connection.flight(statements, deadline);
                const before = failures.plan()[failure];
                failures.set({ [failure]: 1 });
                try {
                  return await connection.flight(statements, deadline);
                } finally {
                  failures.set({ [failure]: before });
                }
              },
            }),
          ...limits,
        ),
    }),
  };
};
