import type { Retrier } from '../../../domain/kernel/index.ts';
import type { ConnectionPool } from '../connection/connection-pool.ts';
import { query } from '../transaction/query.ts';
import { statement } from '../wire/statement.ts';
import { parameterList } from './statement-texts.ts';

/**
 * The tables that a service's commands, consumers and relay need; `frameworkMigrations` creates
 * them.
 */
export const frameworkTables = [
  'idempotency',
  'inbox',
  'outbox',
  'outbox_lane',
  'ordered_events',
] as const;

const presentOf = `SELECT c.relname FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname IN (${parameterList(2, frameworkTables.length)})`;

/** Lists the framework's tables that are missing in a schema. */
export const missingFrameworkTables = async (
  connections: ConnectionPool,
  retrier: Retrier,
  schema: string,
  deadline: number,
): Promise<readonly string[]> => {
  const one = statement(presentOf, schema, ...frameworkTables);
  const { rows } = await retrier.run(
    () => query(connections, one, { deadline, writes: false }),
    deadline,
  );
  const present = new Set(rows.map((row) => row['relname']));
  return frameworkTables.filter((table) => !present.has(table));
};
