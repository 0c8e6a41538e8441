import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, fieldsOf, list, text } from '../ast.ts';
import { anyRefusal, firstRefusal, notSupported, tooMany } from '../refusal.ts';
import { tokenize } from '../sql-lexer.ts';
import { refuseCollation } from './collations.ts';

const keyColumnsMax = 8;

/** Refuses a key of more columns than an index has. */
export const refuseKeyLength = (keys: readonly unknown[]): ServiceError | undefined =>
  keys.length > keyColumnsMax
    ? tooMany(`more than ${keyColumnsMax} column keys in an index are not supported`)
    : undefined;

/** The one access method, by the name that definitions of indexes show: measured to be taken. */
export const accessMethod = 'btree_index';

/**
 * Whether a CREATE INDEX names another access method: the tree does not tell `USING btree` from
 * none.
 */
const namesAccessMethod = (fields: Fields, sql: string): boolean => {
  if (fields['accessMethod'] === accessMethod) return false;
  const tokens = tokenize(sql);
  return tokens.slice(0, tokens.indexOf('(')).some((token) => token.toUpperCase() === 'USING');
};

const refuseClauses = (fields: Fields, sql: string): ServiceError | undefined => {
  const clauses: readonly (readonly [present: boolean, clause: string])[] = [
    [fields['concurrent'] === true, 'CONCURRENTLY'],
    [namesAccessMethod(fields, sql), 'USING'],
    [list(fields['options']).length > 0, 'WITH'],
    [text(fields['tableSpace']) !== '', 'TABLESPACE'],
  ];
  return anyRefusal(clauses, ([present, clause]) =>
    present ? notSupported(`${clause} not supported for CREATE INDEX`) : undefined,
  );
};

const refuseKey = (key: Fields): ServiceError | undefined =>
  firstRefusal(
    () =>
      // Where the nulls go may be said: `NULLS FIRST | LAST`.
      key['ordering'] === 'SORTBY_DEFAULT'
        ? undefined
        : notSupported('specifying sort order not supported for index keys'),
    () =>
      list(key['opclass']).length > 0
        ? notSupported('opclass not supported for index keys')
        : undefined,
    () => refuseCollation(key['collation']),
  );

/**
 * `CREATE INDEX` in either form; `ASYNC` is no part of PostgreSQL's grammar and told apart before.
 */
export const createIndex = (
  fields: Fields,
  sql: string,
  isAsync: boolean,
): ServiceError | undefined => {
  const keys = list(fields['indexParams']);
  return firstRefusal(
    () => refuseClauses(fields, sql),
    () => (isAsync ? undefined : notSupported('unsupported mode. please use CREATE INDEX ASYNC.')),
    () => refuseKeyLength(keys),
    () => anyRefusal(keys, (node) => refuseKey(fieldsOf(node, 'IndexElem') ?? {})),
  );
};
