import { query, quoteIdentifier, statement } from 'antipode/dsql';
import type { ServiceDatabase } from '../service/database.ts';

/** A column as a row is read and written with it. */
export type Column = {
  readonly name: string;
  /** As PostgreSQL writes it, such as `numeric(19,3)`. */
  readonly type: string;
};

/** The columns of a table that can be written, and those of its primary key in their order. */
export type TableShape = {
  /** Quoted, with its schema. */
  readonly name: string;
  readonly columns: readonly Column[];
  readonly key: readonly Column[];
};

type ColumnRow = {
  readonly name: string;
  readonly type: string;
  readonly generated: boolean;
  readonly place: number | null;
};

const columnsOf = `SELECT a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    a.attgenerated <> '' AS generated,
    array_position(i.indkey::int2[], a.attnum) AS place
  FROM pg_catalog.pg_attribute AS a
  JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  LEFT JOIN pg_catalog.pg_index AS i ON i.indrelid = c.oid AND i.indisprimary
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'r'
    AND a.attnum > 0 AND NOT a.attisdropped
  ORDER BY a.attnum`;

/** Columns behind those of the key: a cluster includes all others in the index of the key. */
const keyCount = `SELECT i.indnkeyatts AS count FROM pg_catalog.pg_index AS i
  JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname = $1 AND c.relname = $2 AND i.indisprimary`;

/**
 * Reads the shape of a table.
 *
 * @throws {Error} with one line for a table that is not there, or has no primary key
 */
export const readShape = async (
  { connections }: Pick<ServiceDatabase, 'connections'>,
  schema: string,
  table: string,
): Promise<TableShape> => {
  const reading = { writes: false };
  const { rows } = await query(
    connections,
    statement<ColumnRow>(columnsOf, schema, table),
    reading,
  );
  const found = await query(
    connections,
    statement<{ count: number }>(keyCount, schema, table),
    reading,
  );
  const count = found.rows[0]?.count ?? 0;
  if (rows.length === 0) throw new Error(`there is no table ${schema}.${table}`);
  if (count === 0) throw new Error(`${schema}.${table} has no primary key to find its rows by`);
  const key = rows
    .filter(({ place }) => place !== null && place < count)
    .toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
  const columnOf = ({ name, type }: ColumnRow): Column => ({ name, type });
  return {
    name: `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`,
    columns: rows.filter(({ generated }) => !generated).map(columnOf),
    key: key.map(columnOf),
  };
};

const shownColumns = ({ columns }: TableShape): string =>
  columns.map(({ name, type }) => `${name} ${type}`).join(', ');

/**
 * Refuses tables whose rows cannot be compared: a migration came between the backup and today.
 *
 * @throws {Error} with one line that names the columns of both
 */
export const refuseOtherShape = (then: TableShape, now: TableShape): void => {
  const [before, after] = [shownColumns(then), shownColumns(now)];
  if (before === after && then.key.length === now.key.length) return;
  throw new Error(
    `${now.name} had other columns at the backup: ${before}; now ${after}: migrate the restored cluster first, with antipode migrate`,
  );
};
