import { type Fields, nameParts, object, text, walk } from './ast.ts';
import { internalSchema } from './schemas.ts';
import { tokenize } from './sql-lexer.ts';

/** Tables of the catalog that clients read through a view of the same name. */
const shownTables: ReadonlySet<string> = new Set(['pg_am', 'pg_index']);

/** Only these statements need a look at their tree. */
const mayNameTable = /pg_(?:am|index)/i;

/** Columns that every table has, and no view. */
const systemColumns: ReadonlySet<string> = new Set('cmax cmin ctid tableoid xmax xmin'.split(' '));

const isShown = ({ catalogname, schemaname, relname }: Fields): boolean =>
  shownTables.has(text(relname)) &&
  (schemaname === undefined || schemaname === 'pg_catalog') &&
  catalogname === undefined;

/** The name that a query knows a table by. */
const knownName = ({ alias, relname }: Fields): string =>
  text(object(alias)['aliasname']) || text(relname);

/** `pg_catalog.pg_index.indkey`, which has a place of its own beside that of its table. */
const namesShownTable = ([schema, table, ...column]: readonly string[]): boolean =>
  schema === 'pg_catalog' && shownTables.has(table ?? '') && column.length > 0;

/** Where a name stands, in bytes, and whether it has a schema. */
type Place = { readonly at: number; readonly isQualified: boolean };

/** The names in a statement that are to have the schema of the views, in their order. */
const placesOf = (root: unknown): readonly Place[] => {
  const tables: Fields[] = [];
  const columns: Place[] = [];
  const ownNames = new Set<string>();
  /** Names by which system columns are read; `""` is any. */
  const readBySystem = new Set<string>();
  walk(root, (tag, fields) => {
    if (tag === 'RangeVar' && isShown(fields)) tables.push(fields);
    if (tag === 'CommonTableExpr') ownNames.add(text(fields['ctename']));
    if (tag !== 'ColumnRef') return;
    const names = nameParts(fields['fields']);
    if (systemColumns.has(names.at(-1) ?? '')) readBySystem.add(names.at(-2) ?? '');
    if (namesShownTable(names)) {
      columns.push({ at: Number(fields['location'] ?? 0), isQualified: true });
    }
  });
  const shown = tables.filter(
    (table) =>
      (table['schemaname'] !== undefined || !ownNames.has(text(table['relname']))) &&
      !readBySystem.has('') &&
      !readBySystem.has(knownName(table)),
  );
  if (shown.length === 0) return [];
  return shown
    .map(({ schemaname, location = 0 }) => ({
      at: Number(location),
      isQualified: schemaname !== undefined,
    }))
    .concat(columns)
    .toSorted((one, other) => one.at - other.at);
};

/**
 * Redirects a statement that reads the catalog to its views. A system column, such as
 * `xmin`, is read from the table itself.
 *
 * @param start where the statement begins in the text that the grammar has read, in bytes of UTF-8
 */
export const showCatalogs = (root: unknown, sql: string, start: number): string => {
  const places = mayNameTable.test(sql) ? placesOf(root) : [];
  const [first] = places;
  if (!first) return sql;
  const bytes = Buffer.from(sql);
  const parts = [bytes.toString('utf8', 0, first.at - start)];
  places.forEach(({ at, isQualified }, index) => {
    const next = places[index + 1];
    // Up to the next place only: a statement may name them thousands of times.
    const part = bytes.toString('utf8', at - start, next && next.at - start);
    const [schema = ''] = isQualified ? tokenize(part) : [];
    parts.push(
      isQualified ? `${internalSchema}${part.slice(schema.length)}` : `${internalSchema}.${part}`,
    );
  });
  return parts.join('');
};
