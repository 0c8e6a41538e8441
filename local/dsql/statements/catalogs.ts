import { type Fields, text, walk } from './ast.ts';
import { tokenize } from './sql-lexer.ts';

/** Tables of the catalog that a view of the same name in `sys` stands in for. */
const shownTables: ReadonlySet<string> = new Set(['pg_am', 'pg_index']);

const isShown = ({ catalogname, schemaname, relname }: Fields): boolean =>
  shownTables.has(text(relname)) &&
  (schemaname === undefined || schemaname === 'pg_catalog') &&
  catalogname === undefined;

/**
 * Sends a statement that reads the catalog to what is shown of it.
 *
 * @param start where the statement begins in the text that the grammar has read, in bytes of UTF-8
 */
export const showCatalogs = (root: unknown, sql: string, start: number): string => {
  const found: Fields[] = [];
  const ownNames = new Set<string>();
  walk(root, (tag, fields) => {
    if (tag === 'RangeVar' && isShown(fields)) found.push(fields);
    if (tag === 'CommonTableExpr') ownNames.add(text(fields['ctename']));
  });
  const places = found
    .filter(({ schemaname, relname }) => schemaname !== undefined || !ownNames.has(text(relname)))
    .map(({ schemaname, location = 0 }) => ({ schemaname, at: Number(location) - start }))
    .toSorted((some, other) => other.at - some.at);
  if (places.length === 0) return sql;
  let bytes = Buffer.from(sql);
  for (const { schemaname, at } of places) {
    const rest = bytes.toString('utf8', at);
    const [schema = ''] = tokenize(rest);
    const shown = schemaname === undefined ? `sys.${rest}` : `sys${rest.slice(schema.length)}`;
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(shown)]);
  }
  return bytes.toString();
};
