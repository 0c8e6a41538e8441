import {
  type ConnectionPool,
  frameworkMigrations,
  query,
  statement,
} from '../../src/adapters/dsql/index.ts';
import { counterMigrations, counterSchema } from './counter.ts';
import { migrate } from './dsql-adapter.ts';

/** Makes the tables of a service whose context are the counters: its own and the framework's. */
export const migrateCounters = (connections: ConnectionPool): Promise<readonly string[]> =>
  migrate(connections, counterSchema, [
    ...frameworkMigrations(counterSchema),
    ...counterMigrations,
  ]);

/** A counter's value as these connections see it; `undefined` where it is not there. */
export const counterValue = async (
  connections: ConnectionPool,
  name: string,
): Promise<number | undefined> => {
  const one = statement(`SELECT value FROM ${counterSchema}.counters WHERE name = $1`, name);
  const { rows } = await query(connections, one, { writes: false });
  return rows[0] && Number(rows[0]['value']);
};
