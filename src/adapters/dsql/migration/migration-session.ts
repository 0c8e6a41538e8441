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

/** Sends one statement and returns its rows. */
export type Ask = (
  deadline: number,
  sql: string,
  ...parameters: readonly unknown[]
) => Promise<readonly Row[]>;

/** The connections, clock and deadline that the parts of a migrator share. */
export type MigrationSession = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
  /** Runs a read, or a statement that may run twice: a lost answer counts as a failed attempt. */
  readonly ask: Ask;
  /** The same, repeated until it succeeds, fails for good, or the deadline comes. */
  readonly run: Ask;
};

export const createMigrationSession = (deps: {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
}): MigrationSession => {
  const { connections, retrier, clock } = deps;
  const ask: Ask = async (deadline, sql, ...parameters) => {
    const end = Math.min(deadline, clock.now() + statementMsMax);
    const one = statement(sql, ...parameters);
    return (await query(connections, one, { deadline: end, writes: false })).rows;
  };
  return {
    ...deps,
    ask,
    run: (deadline, ...one) => retrier.run(() => ask(deadline, ...one), deadline),
  };
};
