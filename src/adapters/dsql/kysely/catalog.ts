import {
  type DatabaseMetadataOptions,
  type Kysely,
  type SchemaMetadata,
  sql,
  type TableMetadata,
} from 'kysely';
import { leaseTableOf } from './migration-lock.ts';

/** One column of one table. */
type ColumnRow = {
  readonly schema: string;
  readonly table: string;
  readonly kind: string;
  readonly column: string;
  readonly type: string;
  readonly typeSchema: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly isIdentity: boolean;
  readonly comment: string | null;
};

/** Leaves out the schemas that come with DSQL. */
const isOwn = (column: string) =>
  sql.raw(`${column} NOT IN ('pg_catalog', 'information_schema', 'sys')
      AND ${column} NOT LIKE 'pg\\_%'`);

/**
 * The tables of Kysely's migrator, unless its options name others. Kysely 0.28 exports the names
 * from `kysely`, later versions from `kysely/migration`: written down, they are right for both.
 */
export const kyselyMigratorTables = {
  migrations: 'kysely_migration',
  lock: 'kysely_migration_lock',
} as const;

/** Tables of Kysely's migrator and of its lock. */
export const kyselyTables: readonly string[] = [
  kyselyMigratorTables.migrations,
  kyselyMigratorTables.lock,
  leaseTableOf(kyselyMigratorTables.lock),
];

/**
 * Schemas, without those of DSQL. As with Kysely's dialect for PostgreSQL, schemas that the role
 * may not use are included: only functions tell whether it may, and no document says that DSQL has
 * them.
 */
export const readSchemas = async (db: Kysely<unknown>): Promise<SchemaMetadata[]> => {
  const { rows } = await sql<SchemaMetadata>`
    SELECT nspname AS name FROM pg_catalog.pg_namespace
    WHERE ${isOwn('nspname')} ORDER BY nspname`.execute(db);
  return rows;
};

// A comment with a number belongs to a column: no other object in the catalog has parts.
const readColumns = async (db: Kysely<unknown>): Promise<readonly ColumnRow[]> => {
  const { rows } = await sql<ColumnRow>`
    SELECT n.nspname AS schema, c.relname AS table, c.relkind AS kind, a.attname AS column,
      t.typname AS type, tn.nspname AS "typeSchema", a.attnotnull AS "notNull",
      a.atthasdef AS "hasDefault", a.attidentity <> '' AS "isIdentity", d.description AS comment
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    JOIN pg_catalog.pg_namespace AS tn ON tn.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_description AS d ON d.objoid = c.oid AND d.objsubid = a.attnum
    WHERE c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
      AND ${isOwn('n.nspname')}
      AND EXISTS (SELECT 1 FROM information_schema.tables AS seen
        WHERE seen.table_schema = n.nspname AND seen.table_name = c.relname)
    ORDER BY n.nspname, c.relname, a.attnum`.execute(db);
  return rows;
};

/**
 * Tables and views of `information_schema.tables`: the connected role owns them or has a privilege.
 */
export const readTables = async (
  db: Kysely<unknown>,
  options: Partial<DatabaseMetadataOptions> = {},
): Promise<TableMetadata[]> => {
  const columns = await readColumns(db);
  const shown = options.withInternalKyselyTables
    ? columns
    : columns.filter(({ table }) => !kyselyTables.includes(table));
  const tables = Map.groupBy(shown, ({ schema, table }) => JSON.stringify([schema, table]));
  return [...tables.values()].flatMap((of) =>
    of.slice(0, 1).map(({ schema, table, kind }) => ({
      schema,
      name: table,
      isView: kind === 'v',
      isForeign: false,
      columns: of.map((column) => ({
        name: column.column,
        dataType: column.type,
        dataTypeSchema: column.typeSchema,
        isNullable: !column.notNull,
        hasDefaultValue: column.hasDefault,
        isAutoIncrementing: column.isIdentity,
        ...(column.comment === null ? {} : { comment: column.comment }),
      })),
    })),
  );
};
