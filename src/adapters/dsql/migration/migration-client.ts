import type { Clock, Retrier } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { type Row, statement } from '../wire/statement.ts';

/**
 * The time of a statement of a migration. It is ample: DSQL builds indexes behind their statement,
 * and a transaction changes at most 3,000 rows. It is shorter than the lease, so that no statement
 * outlives its lease. Milliseconds.
 */
export const statementMsMax = 60_000;

/** The connections and the clock that the parts of a migrator share. */
export type MigrationClient = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
  /**
   * Runs a read, or a statement that may run twice, and returns its rows. It is repeated until it
   * succeeds, fails for good, or the deadline comes: a lost answer counts as a failed attempt.
   */
  readonly run: (
    deadline: number,
    sql: string,
    ...parameters: readonly unknown[]
  ) => Promise<readonly Row[]>;
};

export const createMigrationClient = (deps: {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
}): MigrationClient => {
  const { connections, retrier, clock } = deps;
  return {
    ...deps,
    run: (deadline, sql, ...parameters) =>
      retrier.run(async () => {
        const end = Math.min(deadline, clock.now() + statementMsMax);
        const one = statement(sql, ...parameters);
        return (await query(connections, one, { deadline: end, writes: false })).rows;
      }, deadline),
  };
};
