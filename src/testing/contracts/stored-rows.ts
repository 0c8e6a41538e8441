import { query, statement } from '../../adapters/dsql/index.ts';
import { isOfFramework, qualified, tablesOf } from '../database/schema-tables.ts';
import type { TestDatabaseRegion } from '../database/test-database.ts';
import { createShow } from '../shown-value.ts';

/** Each row of each of the service's own tables, as a text. */
export const storedRows = async ({
  connections,
  schema,
}: Pick<TestDatabaseRegion, 'connections' | 'schema'>): Promise<
  Readonly<Record<string, readonly string[]>>
> => {
  const reading = { writes: false };
  const { rows } = await query(connections, statement<{ name: string }>(tablesOf, schema), reading);
  const own = rows.map(({ name }) => name).filter((name) => !isOfFramework(name));
  const stored: Record<string, readonly string[]> = {};
  for (const name of own) {
    const all = statement(`SELECT * FROM ${qualified(schema, name)}`);
    const found = await query(connections, all, reading);
    stored[name] = found.rows.map((row) => createShow()(row)).toSorted();
  }
  return stored;
};
