import type { ServiceError } from '../../protocol/protocol.ts';
import { type Fields, fieldsOf, list, nameParts, object } from '../ast.ts';
import { notSupported } from '../refusal.ts';
import { elementOf, isBuiltIn, shownName, shownType, typeName } from './types.ts';

/**
 * Types that exist in no expression either. Recorded are `line` and `circle`; the documentation
 * lists arrays, `inet` and JSON as the only types that a query has besides those of columns. Not
 * here: the types of the catalog, such as `regclass`, which tools need, and ranges, which were
 * measured to work in expressions and as arguments.
 */
const missing: ReadonlySet<string> = new Set(
  `bit box cidr circle line lseg macaddr macaddr8 money path pg_lsn point polygon tsquery tsvector varbit xml`.split(
    ' ',
  ),
);

/** Measured: a function may take them and not return them. */
const neverReturned: ReadonlySet<string> = new Set(
  `datemultirange daterange int4multirange int4range int8multirange int8range nummultirange numrange tsmultirange
   tsrange tstzmultirange tstzrange`.split(/\s+/),
);

const refusal = (shown: string): ServiceError => notSupported(`datatype ${shown} not supported`);

const refuseOf = (types: ReadonlySet<string>, type: Fields): ServiceError | undefined => {
  if (!isBuiltIn(nameParts(type['names']))) return undefined;
  const name = typeName(type);
  if (types.has(name)) {
    return refusal(list(type['arrayBounds']).length > 0 ? `${shownType(type)}[]` : shownType(type));
  }
  const element = elementOf(type);
  return types.has(name.replace(/^_/, '')) && element !== undefined
    ? refusal(`${element}[]`)
    : undefined;
};

/**
 * Refuses a type, `TypeName`, that no expression has: of a cast, a typed literal, an argument, a
 * column of a function.
 */
const refuseRuntimeType = (type: Fields): ServiceError | undefined => refuseOf(missing, type);

/**
 * Calls that give a value of such a type, besides those by the type's own name: `point(1, 2)`,
 * `xml('<a/>')`.
 */
const makers: Readonly<Record<string, string>> = {
  array_to_tsvector: 'tsvector',
  bit_in: 'bit',
  box_in: 'box',
  cash_in: 'money',
  cidr_in: 'cidr',
  circle_in: 'circle',
  database_to_xml: 'xml',
  database_to_xml_and_xmlschema: 'xml',
  database_to_xmlschema: 'xml',
  line_in: 'line',
  lseg_in: 'lseg',
  macaddr8_in: 'macaddr8',
  macaddr_in: 'macaddr',
  path_in: 'path',
  pg_lsn_in: 'pg_lsn',
  point_in: 'point',
  poly_in: 'polygon',
  schema_to_xml: 'xml',
  schema_to_xml_and_xmlschema: 'xml',
  schema_to_xmlschema: 'xml',
  table_to_xml: 'xml',
  table_to_xml_and_xmlschema: 'xml',
  table_to_xmlschema: 'xml',
  tsqueryin: 'tsquery',
  tsvectorin: 'tsvector',
  varbit_in: 'varbit',
  xml_in: 'xml',
  xmlagg: 'xml',
  xmlcomment: 'xml',
  xpath: 'xml',
  xpath_exists: 'xml',
};

const refuseMaker = (call: Fields): ServiceError | undefined => {
  const names = nameParts(call['funcname']);
  const name = names.at(-1) ?? '';
  const type = missing.has(name) ? name : makers[name];
  const schema = names.at(-2) ?? 'pg_catalog';
  return type === undefined || schema !== 'pg_catalog' ? undefined : refusal(shownName(type));
};

/** Nodes of PostgreSQL's grammar that give or take a value of such a type without naming it. */
const nodes: Readonly<Record<string, string>> = {
  RangeTableFunc: 'xml',
  XmlExpr: 'xml',
  XmlSerialize: 'xml',
};

/**
 * Refuses a node of an expression, or of a definition, whose type DSQL does not have at run time.
 */
export const refuseRuntimeTypeOf = (tag: string, fields: Fields): ServiceError | undefined => {
  const implied = nodes[tag];
  if (implied !== undefined) return refusal(implied);
  if (tag === 'FuncCall') return refuseMaker(fields);
  // B'101' and X'1F' are constants of bits.
  if (tag === 'A_Const') return 'bsval' in fields ? refusal('bit') : undefined;
  const type = fields['typeName'] ?? fields['argType'] ?? fields['returnType'];
  return type === undefined ? undefined : refuseRuntimeType(object(type));
};

const givingModes: ReadonlySet<unknown> = new Set([
  'FUNC_PARAM_OUT',
  'FUNC_PARAM_INOUT',
  'FUNC_PARAM_TABLE',
]);

/** Refuses a function, `CreateFunctionStmt`, for a type that it would return. */
export const refuseReturnType = (fields: Fields): ServiceError | undefined => {
  const given = list(fields['parameters'])
    .map((node) => fieldsOf(node, 'FunctionParameter') ?? {})
    .filter(({ mode }) => givingModes.has(mode));
  for (const type of [fields['returnType'], ...given.map(({ argType }) => argType)]) {
    const refused = refuseOf(neverReturned, object(type));
    if (refused) return refused;
  }
  return undefined;
};
