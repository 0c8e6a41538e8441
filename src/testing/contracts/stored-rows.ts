import { query, quoteIdentifier, statement } from '../../adapters/dsql/index.ts';
import { migratorTables } from '../../adapters/dsql/migration/migration-journal.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import { createShow } from '../shown-value.ts';

/** The framework's own: each piece of work writes a row there. */
const ofFramework: readonly string[] = ['idempotency', 'inbox', 'outbox', ...migratorTables];

const tablesOf = `SELECT table_name AS name FROM information_schema.tables
  WHERE table_schema = $1 AND table_type = 'BASE TABLE' ORDER BY table_name`;

/** Each row of each of the service's own tables, as a text. */
export const storedRows = async ({
  connections,
  schema,
}: Pick<TestDatabaseRegion, 'connections' | 'schema'>): Promise<
  Readonly<Record<string, readonly string[]>>
> => {
  const reading = { writes: false };
  const { rows } = await query(connections, statement<{ name: string }>(tablesOf, schema), reading);
  const own = rows.map(({ name }) => name).filter((name) => !ofFramework.includes(name));
  const stored: Record<string, readonly string[]> = {};
  for (const name of own) {
    const all = `SELECT * FROM ${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
    const found = await query(connections, statement(all), reading);
    stored[name] = found.rows.map((row) => createShow()(row)).toSorted();
  }
  return stored;
};
