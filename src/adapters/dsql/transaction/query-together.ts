import type { ConnectionPool } from '../connection/connection-pool.ts';
import { faultOf } from '../connection/error-mapping.ts';
import type { Statement, StatementResult } from '../wire/statement.ts';
import type { QueryOptions } from './query.ts';
import { begin, beginReadOnly, commit, proveCommit, rollBack } from './transaction-control.ts';

/**
 * Runs statements in one transaction of their own and one network flight.
 *
 * @returns their results, in their order
 * @throws {Fault} that says whether running them again can help
 */
export const queryTogether = (
  connections: ConnectionPool,
  statements: readonly Statement[],
  { deadline, writes }: Required<QueryOptions>,
): Promise<readonly StatementResult[]> =>
  connections.use(async (connection) => {
    const first = writes ? begin : beginReadOnly;
    const flown = await connection.flight([first, ...statements, commit], deadline);
    if (flown.error !== undefined) {
      rollBack(connection, deadline);
      throw faultOf(flown.error, writes);
    }
    proveCommit(flown);
    return flown.results.slice(1, -1);
  }, deadline);
