import type { ServiceError } from '../protocol.ts';
import { constant, type Fields, fieldsOf, list, object, options, text } from './ast.ts';
import { anyRefusal, firstRefusal, notSupported, type Rule, tooMany } from './refusal.ts';
import { refuseColumnType, shownType, typeName } from './types.ts';

const columnsMax = 255;
const keyColumnsMax = 8;
/** A sequence hands out numbers one by one or in large blocks; nothing between scales. */
const cacheBlockMin = 65_536;

const tooManyKeys = tooMany(`more than ${keyColumnsMax} column keys in an index are not supported`);

export const refuseCache = (subject: string, settings: ReadonlyMap<string, unknown>) => {
  const cache = constant(settings.get('cache'));
  if (typeof cache === 'number' && (cache === 1 || cache >= cacheBlockMin)) return undefined;
  return notSupported(
    `${subject} is not supported without an explicit cache size. please define CACHE greater than or equal to ${cacheBlockMin} or equal to 1`,
  );
};

export const refuseIdentity = (
  type: Fields | undefined,
  settings: ReadonlyMap<string, unknown>,
): ServiceError | undefined =>
  firstRefusal(
    () => refuseCache('identity column', settings),
    () =>
      type === undefined || typeName(type) === 'int8'
        ? undefined
        : notSupported(
            `datatype ${shownType(type)} not supported, identity column type must be bigint`,
          ),
  );

/** Table-level and column-level constraints that no form of DSQL's DDL takes. */
const refuseConstraint = (node: unknown): ServiceError | undefined => {
  const constraint = fieldsOf(node, 'Constraint') ?? {};
  const type = text(constraint['contype']);
  if (type === 'CONSTR_EXCLUSION') return notSupported('EXCLUDE constraint not supported');
  const isKey = type === 'CONSTR_PRIMARY' || type === 'CONSTR_UNIQUE';
  return isKey && list(constraint['keys']).length > keyColumnsMax ? tooManyKeys : undefined;
};

const refuseCollation = (column: Fields): ServiceError | undefined => {
  const names = list(object(column['collClause'])['collname']);
  const name = text(fieldsOf(names.at(-1), 'String')?.['sval']);
  const plain = name === '' || name === 'C' || name === 'POSIX' || name === 'default';
  return plain ? undefined : notSupported(`collation "${name}" not supported`);
};

/** A column of CREATE TABLE. */
export const refuseColumn = (column: Fields): ServiceError | undefined => {
  const type = object(column['typeName']);
  const constraints = list(column['constraints']);
  return firstRefusal(
    () => refuseColumnType(type),
    () => refuseCollation(column),
    () => anyRefusal(constraints, refuseConstraint),
    () =>
      anyRefusal(constraints, (node) => {
        const constraint = fieldsOf(node, 'Constraint');
        return constraint?.['contype'] === 'CONSTR_IDENTITY'
          ? refuseIdentity(type, options(constraint['options']))
          : undefined;
      }),
  );
};

/** `TEMPORARY` and `UNLOGGED`, in the words that DSQL has for this statement. */
export const refusePersistence = (
  relation: Fields,
  statement: string,
): ServiceError | undefined => {
  const persistence = relation['relpersistence'];
  if (persistence === 't') {
    return notSupported(`TEMPORARY or TEMP table not supported for ${statement}`);
  }
  return persistence === 'u'
    ? notSupported(`UNLOGGED table not supported for ${statement}`)
    : undefined;
};

export const createTable: Rule = (fields) => {
  const elements = list(fields['tableElts']);
  const columns = elements
    .map((node) => fieldsOf(node, 'ColumnDef'))
    .filter((column) => column !== undefined);
  const clause = (field: string, name: string): ServiceError | undefined => {
    const value = fields[field];
    const present = Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '';
    return present ? notSupported(`${name} not supported for CREATE TABLE`) : undefined;
  };
  return firstRefusal(
    () => refusePersistence(object(fields['relation']), 'CREATE TABLE'),
    () => clause('partbound', 'PARTITION OF'),
    () => clause('inhRelations', 'INHERITS'),
    () => clause('partspec', 'PARTITION BY'),
    () => clause('ofTypename', 'OF type'),
    () => clause('accessMethod', 'USING'),
    () => clause('options', 'WITH'),
    () => clause('tablespacename', 'TABLESPACE'),
    () =>
      columns.length > columnsMax
        ? tooMany(`tables can have at most ${columnsMax} columns`)
        : undefined,
    () => anyRefusal(columns, refuseColumn),
    () => anyRefusal(elements, refuseConstraint),
  );
};

/** `CREATE INDEX` in either form; `ASYNC` is no part of PostgreSQL's grammar and told apart before. */
export const createIndex = (fields: Fields, isAsync: boolean): ServiceError | undefined => {
  const keys = list(fields['indexParams']).map((node) => fieldsOf(node, 'IndexElem') ?? {});
  const method = text(fields['accessMethod']);
  // Where the nulls go may be said: `NULLS FIRST | LAST`.
  const sorted = (key: Fields): boolean => key['ordering'] !== 'SORTBY_DEFAULT';
  return firstRefusal(
    () =>
      fields['concurrent']
        ? notSupported('CONCURRENTLY not supported for CREATE INDEX')
        : undefined,
    () => (isAsync ? undefined : notSupported('unsupported mode. please use CREATE INDEX ASYNC.')),
    () =>
      method === '' || method === 'btree'
        ? undefined
        : notSupported(`access method "${method}" not supported`),
    () =>
      list(fields['options']).length > 0
        ? notSupported('WITH not supported for CREATE INDEX')
        : undefined,
    () =>
      fields['tableSpace'] ? notSupported('TABLESPACE not supported for CREATE INDEX') : undefined,
    () => (keys.length > keyColumnsMax ? tooManyKeys : undefined),
    () =>
      keys.some(sorted)
        ? notSupported('specifying sort order not supported for index keys')
        : undefined,
    () =>
      keys.some((key) => list(key['opclass']).length > 0)
        ? notSupported('opclass not supported for index keys')
        : undefined,
    () =>
      anyRefusal(keys, (key) => refuseCollation({ collClause: { collname: key['collation'] } })),
  );
};

const refuseSequenceType = (settings: ReadonlyMap<string, unknown>): ServiceError | undefined => {
  const type = fieldsOf(settings.get('as'), 'TypeName');
  return type && typeName(type) !== 'int8'
    ? notSupported(`datatype ${shownType(type)} not supported, sequence type must be bigint`)
    : undefined;
};

export const createSequence: Rule = (fields) =>
  firstRefusal(
    () =>
      object(fields['sequence'])['relpersistence'] === 't'
        ? notSupported('TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE')
        : undefined,
    () => refuseCache('CREATE SEQUENCE', options(fields['options'])),
    () => refuseSequenceType(options(fields['options'])),
  );

/** What a sequence keeps needs not be said again. */
export const alterSequence: Rule = (fields) => {
  const settings = options(fields['options']);
  return firstRefusal(
    () => (settings.has('cache') ? refuseCache('ALTER SEQUENCE', settings) : undefined),
    () => refuseSequenceType(settings),
  );
};
