import type { CommandRecords, Json, Retrier } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import type { IdempotencyRecords } from '../transaction/idempotency-records.ts';
import { query } from '../transaction/query.ts';

/**
 * Reads the records of commands outside of their transactions. Both Regions read the same records.
 */
export const createDsqlCommandRecords = (deps: {
  readonly connections: ConnectionPool;
  readonly records: IdempotencyRecords;
  readonly retrier: Retrier;
}): CommandRecords => {
  const { connections, records, retrier } = deps;
  return {
    find: (command, deadline) =>
      retrier.run(async () => {
        const found = records.find(command);
        const [row] = (await query(connections, found, { deadline, writes: false })).rows;
        return row && records.outcomeOf<Json>(command, row);
      }, deadline),
  };
};
