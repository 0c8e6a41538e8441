import type { ServiceError } from '../protocol.ts';
import { type Fields, fieldsOf, list, object, options, text } from './ast.ts';
import { refuseKeyLength } from './indexes.ts';
import {
  anyRefusal,
  firstRefusal,
  notSupported,
  type Rule,
  refusePersistence,
  tooMany,
} from './refusal.ts';
import { refuseIdentity } from './sequences.ts';
import { refuseColumnType } from './types.ts';

const columnsMax = 255;

/** Table-level and column-level constraints that no form of DSQL's DDL takes. */
const refuseConstraint = (node: unknown): ServiceError | undefined => {
  const constraint = fieldsOf(node, 'Constraint') ?? {};
  switch (constraint['contype']) {
    case 'CONSTR_EXCLUSION':
      return notSupported('EXCLUDE constraint not supported');
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
      return firstRefusal(
        () =>
          list(constraint['options']).length > 0
            ? notSupported('WITH clause not supported for constraints')
            : undefined,
        () =>
          text(constraint['indexspace']) !== ''
            ? notSupported('TABLESPACE clause not supported for constraints')
            : undefined,
        () => refuseKeyLength(list(constraint['keys'])),
      );
    default:
      return undefined;
  }
};

/** What a column or a domain is made of: a type, and no word on how its values sort, for they sort by their bytes. */
export const refuseDefinition = (definition: Fields): ServiceError | undefined =>
  firstRefusal(
    () => refuseColumnType(object(definition['typeName'])),
    () => (definition['collClause'] ? notSupported('COLLATE clause not supported') : undefined),
  );

/** A column of CREATE TABLE. */
export const refuseColumn = (column: Fields): ServiceError | undefined => {
  const constraints = list(column['constraints']);
  return firstRefusal(
    () => refuseDefinition(column),
    () =>
      text(column['compression']) === ''
        ? undefined
        : notSupported('COMPRESSION clause not supported'),
    () => anyRefusal(constraints, refuseConstraint),
    () =>
      anyRefusal(constraints, (node) => {
        const constraint = fieldsOf(node, 'Constraint');
        return constraint?.['contype'] === 'CONSTR_IDENTITY'
          ? refuseIdentity(object(column['typeName']), options(constraint['options']))
          : undefined;
      }),
  );
};

/** Clauses that DSQL does not have, by their field; PARTITION OF fills the one of INHERITS, too. */
const missingClauses: readonly (readonly [field: string, clause: string])[] = [
  ['partbound', 'PARTITION OF'],
  ['inhRelations', 'INHERITS'],
  ['partspec', 'PARTITION BY'],
  ['ofTypename', 'OF'],
  ['accessMethod', 'USING'],
  ['options', 'WITH'],
  ['tablespacename', 'TABLESPACE'],
];

const isPresent = (value: unknown): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== '';

const refuseClauses: Rule = (fields) => {
  const clause =
    missingClauses.find(([field]) => isPresent(fields[field]))?.[1] ??
    (fields['oncommit'] === 'ONCOMMIT_NOOP' ? undefined : 'ON COMMIT');
  return clause === undefined
    ? undefined
    : notSupported(`${clause} clause not supported for CREATE TABLE`);
};

export const createTable: Rule = (fields) => {
  const elements = list(fields['tableElts']);
  const columns = elements
    .map((node) => fieldsOf(node, 'ColumnDef'))
    .filter((column) => column !== undefined);
  return firstRefusal(
    () => refusePersistence(object(fields['relation']), 'table'),
    () => refuseClauses(fields),
    () =>
      columns.length > columnsMax
        ? tooMany(`tables can have at most ${columnsMax} columns`)
        : undefined,
    () => anyRefusal(columns, refuseColumn),
    () => anyRefusal(elements, refuseConstraint),
  );
};
