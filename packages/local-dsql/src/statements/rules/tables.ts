import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, fieldsOf, list, nameParts, object, options, text } from '../ast.ts';
import {
  anyRefusal,
  firstRefusal,
  notSupported,
  type Rule,
  refusePersistence,
  tooMany,
} from '../refusal.ts';
import { refuseKeyLength } from './indexes.ts';
import { refuseIdentity } from './sequences.ts';
import { refuseColumnType, refuseKeyType } from './types.ts';

const columnsMax = 255;

const keyConstraints: ReadonlySet<unknown> = new Set(['CONSTR_PRIMARY', 'CONSTR_UNIQUE']);

/**
 * Only a foreign key may be checked later. The words are assumed; those of a constraint's other
 * clauses are alike.
 */
export const refuseDeferral = (constraint: Fields): ServiceError | undefined =>
  keyConstraints.has(constraint['contype']) &&
  (constraint['deferrable'] === true || constraint['initdeferred'] === true)
    ? notSupported('DEFERRABLE not supported for constraints other than FOREIGN KEY')
    : undefined;

/** Words such as `DEFERRABLE` are nodes beside a column's constraint, not parts of it. */
const deferral: Readonly<Record<string, 'deferrable' | 'initdeferred'>> = {
  CONSTR_ATTR_DEFERRABLE: 'deferrable',
  CONSTR_ATTR_DEFERRED: 'initdeferred',
};

/** The constraints of a column, each with the words about its checking that follow it. */
const constraintsOf = (column: Fields): readonly Fields[] => {
  const constraints: Fields[] = [];
  for (const node of list(column['constraints'])) {
    const constraint = fieldsOf(node, 'Constraint') ?? {};
    const word = deferral[text(constraint['contype'])];
    const last = constraints.at(-1);
    if (word !== undefined && last) constraints.splice(-1, 1, { ...last, [word]: true });
    else constraints.push(constraint);
  }
  return constraints;
};

/** Table-level and column-level constraints that no form of DSQL's DDL takes. */
const refuseConstraint = (constraint: Fields): ServiceError | undefined => {
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
        () => refuseDeferral(constraint),
      );
    default:
      return undefined;
  }
};

/** Judges the type of a column or a domain, and refuses a collation: DSQL sorts by bytes. */
export const refuseDefinition = (definition: Fields): ServiceError | undefined =>
  firstRefusal(
    () => refuseColumnType(object(definition['typeName'])),
    () => (definition['collClause'] ? notSupported('COLLATE clause not supported') : undefined),
  );

/** A column of CREATE TABLE. */
export const refuseColumn = (column: Fields): ServiceError | undefined => {
  const constraints = constraintsOf(column);
  return firstRefusal(
    () => refuseDefinition(column),
    () =>
      text(column['compression']) === ''
        ? undefined
        : notSupported('COMPRESSION clause not supported'),
    () => anyRefusal(constraints, refuseConstraint),
    () =>
      anyRefusal(constraints, (constraint) =>
        constraint['contype'] === 'CONSTR_IDENTITY'
          ? refuseIdentity(object(column['typeName']), options(constraint['options']))
          : undefined,
      ),
    () =>
      constraints.some(({ contype }) => keyConstraints.has(contype))
        ? refuseKeyType(object(column['typeName']))
        : undefined,
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

/**
 * The types of the columns that a table's constraints make keys of; the catalog judges those of
 * domains.
 */
const refuseKeyColumns = (
  constraints: readonly Fields[],
  columns: readonly Fields[],
): ServiceError | undefined =>
  anyRefusal(
    constraints.filter(({ contype }) => keyConstraints.has(contype)),
    ({ keys }) =>
      anyRefusal(nameParts(keys), (key) =>
        refuseKeyType(object(columns.find(({ colname }) => colname === key)?.['typeName'])),
      ),
  );

export const createTable: Rule = (fields) => {
  const elements = list(fields['tableElts']);
  const columns = elements
    .map((node) => fieldsOf(node, 'ColumnDef'))
    .filter((column) => column !== undefined);
  const constraints = elements
    .map((node) => fieldsOf(node, 'Constraint'))
    .filter((constraint) => constraint !== undefined);
  return firstRefusal(
    () => refusePersistence(object(fields['relation']), 'table'),
    () => refuseClauses(fields),
    () =>
      columns.length > columnsMax
        ? tooMany(`tables can have at most ${columnsMax} columns`)
        : undefined,
    () => anyRefusal(columns, refuseColumn),
    () => anyRefusal(constraints, refuseConstraint),
    () => refuseKeyColumns(constraints, columns),
  );
};
