import { quoteIdentifier } from '../../adapters/dsql/index.ts';
import { migratorTables } from '../../adapters/dsql/migration/migration-journal.ts';
import { frameworkTables } from '../../adapters/dsql/records/framework-tables.ts';

/** Reads the names of the tables of the schema `$1`, in order. */
export const tablesOf = `SELECT c.relname AS name FROM pg_catalog.pg_class AS c
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY 1`;

/** Whether a table is the migrator's own, which says what was applied. */
export const isOfMigrator = (table: string): boolean =>
  (migratorTables as readonly string[]).includes(table);

/** Whether a table is the framework's own: each piece of work writes a row there. */
export const isOfFramework = (table: string): boolean =>
  isOfMigrator(table) || (frameworkTables as readonly string[]).includes(table);

/** The name of a table in a statement. */
export const qualified = (schema: string, table: string): string =>
  `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
