import type { Clock, Retrier } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { type Row, statement } from '../wire/statement.ts';

/**
 * A statement of a migration has this long. Indexes are built behind it and a transaction that changes data has 3,000
 * rows at most, so it is ample; and it is less than the lease, so that nothing runs under one that is over. Milliseconds.
 */
export const statementMsMax = 60_000;

/** Sends one statement and returns its rows. */
export type Ask = (
  deadline: number,
  sql: string,
  ...parameters: readonly unknown[]
) => Promise<readonly Row[]>;

/** What the parts of a migrator share. */
export type MigrationSession = {
  readonly connections: ConnectionPool;
  readonly retrier: Retrier;
  readonly clock: Clock;
  /** For reads, and statements that bear being run twice: a lost answer is no more than a failed attempt. */
  readonly ask: Ask;
  /** The same, until it succeeds, fails for good, or the deadline comes. */
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
