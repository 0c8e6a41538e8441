import {
  type Fields,
  fieldsOf,
  list,
  nameParts,
  object,
  text,
  untag,
  walk,
} from '../../../packages/local-dsql/src/statements/ast.ts';
import { loadGrammar, parse } from '../../../packages/local-dsql/src/statements/grammar.ts';
import type { Statement } from '../../../src/adapters/dsql/index.ts';

/** DSQL's own words, without which PostgreSQL's grammar reads the statement. */
const ownWords: readonly (readonly [construct: string, pattern: RegExp, replacement: string])[] = [
  ['CREATE INDEX ASYNC', /\b(create (?:unique )?index) async\b/i, '$1'],
  ['ALTER TABLE ASYNC', /\b(alter table) async\b/i, '$1'],
];

/** A statement that is DSQL's alone. */
const ownStatement = /^\s*(AWS IAM (?:GRANT|REVOKE))\b/i;

/**
 * Places, names and lists of other nodes, which say nothing about what a statement asks of the
 * server.
 */
const silentFields: ReadonlySet<string> = new Set(
  `location relation targetList cols selectStmt objects idxname schemaname indexParams accessMethod tableElts oncommit
  grantees privileges role objname stmt_type ctequery larg rarg indexElems
  args arg node quals keys initially_valid is_enforced is_grant cmds options def limitCount infer raw_expr fromClause boolval`.split(
    /\s+/,
  ),
);

const typeOf = (type: unknown): string => {
  const { names, arrayBounds } = object(type);
  const name = nameParts(names).filter((part) => part !== 'pg_catalog');
  return `${name.join('.')}${list(arrayBounds).length > 0 ? '[]' : ''}`;
};

/** A constant that the types for dates and times read as something other than a date. */
const isInfinity = (value: unknown): boolean =>
  typeof value === 'string' && /^\s*[+-]?infinity\s*$/i.test(value);

const catalogSchemas: ReadonlySet<string> = new Set(['pg_catalog', 'information_schema', 'sys']);

const relationConstructs = (fields: Fields): readonly string[] => {
  const [schema, name] = [text(fields['schemaname']), text(fields['relname'])];
  const isCatalog = schema === '' ? name.startsWith('pg_') : catalogSchemas.has(schema);
  return [
    ...(isCatalog ? [`relation ${schema || 'pg_catalog'}.${name}`] : []),
    ...(fields['inh'] === true ? [] : ['ONLY']),
    ...(fields['relpersistence'] === 'p' ? [] : ['table that is temporary or not logged']),
  ];
};

/** Columns that PostgreSQL adds to each table, of which its storage speaks. */
const systemColumns: ReadonlySet<string> = new Set('ctid xmin xmax cmin cmax tableoid'.split(' '));

const columnConstructs = ({ fields }: Fields): readonly string[] =>
  nameParts(fields)
    .filter((part) => systemColumns.has(part))
    .map((part) => `system column ${part}`);

const addedColumnConstructs = (fields: Fields): readonly string[] => [
  ...clauses('AlterTableCmd', fields),
  ...('constraints' in object(fieldsOf(fields['def'], 'ColumnDef'))
    ? ['constraint of an added column']
    : []),
];

const grantConstructs = (fields: Fields): readonly string[] => [
  ...clauses('GrantStmt', fields),
  ...(fields['is_grant'] === true ? [] : ['REVOKE']),
  ...('privileges' in fields ? [] : ['ALL PRIVILEGES']),
];

const indexConstructs = (fields: Fields): readonly string[] => [
  ...clauses('IndexStmt', fields),
  ...(fields['accessMethod'] === 'btree' ? [] : [`index by ${text(fields['accessMethod'])}`]),
];

const functionConstructs = (fields: Fields): readonly string[] => {
  const name = nameParts(fields['funcname']).join('.');
  const flags = ['agg_filter', 'agg_order', 'agg_distinct', 'agg_within_group', 'over'];
  return [
    `function ${name}${fields['agg_star'] === true ? '(*)' : ''}`,
    ...flags.filter((flag) => flag in fields).map((flag) => `function with ${flag}`),
  ];
};

const operatorConstructs = (fields: Fields): readonly string[] => {
  const name = nameParts(fields['name']).join('.');
  const kind = text(fields['kind']).replace('AEXPR_', '');
  const operands = [fields['lexpr'], fields['rexpr']];
  const ofRows = operands.some((operand) => fieldsOf(operand, 'RowExpr'));
  return [
    kind === 'OP' ? `operator ${name}` : `operator ${name} ${kind}`,
    ...(ofRows ? ['comparison of rows'] : []),
  ];
};

const sublinkConstructs = (fields: Fields): readonly string[] => [
  `subquery ${text(fields['subLinkType']).replace('_SUBLINK', '')}`,
  ...(fieldsOf(fields['testexpr'], 'RowExpr') ? ['comparison of rows'] : []),
];

const selectConstructs = (fields: Fields): readonly string[] => {
  const [limit] = untag(fields['limitCount']);
  const names: Readonly<Record<string, string>> = { ParamRef: 'parameter', A_Const: 'number' };
  return limit === '' ? [] : [`LIMIT ${names[limit] ?? limit}`];
};

/** The names of nodes in the list of evidence; other nodes are named by their tag and clauses. */
const namers: Readonly<Record<string, (fields: Fields) => readonly string[]>> = {
  A_Expr: operatorConstructs,
  FuncCall: functionConstructs,
  RangeVar: relationConstructs,
  SubLink: sublinkConstructs,
  TypeCast: ({ typeName }) => [`cast to ${typeOf(typeName)}`],
  ColumnDef: ({ typeName, collClause }) => [
    `column of type ${typeOf(typeName)}`,
    ...(collClause === undefined ? [] : ['COLLATE']),
  ],
  ColumnRef: columnConstructs,
  InferClause: (fields) => [
    ...clauses('InferClause', fields),
    ...('conname' in fields ? ['ON CONFLICT ON CONSTRAINT'] : []),
  ],
  AlterTableCmd: addedColumnConstructs,
  GrantStmt: grantConstructs,
  IndexStmt: indexConstructs,
  A_Const: ({ sval }) => (isInfinity(object(sval)['sval']) ? ['constant infinity'] : []),
  RangeSubselect: ({ lateral }) => ['subquery in FROM', ...(lateral === true ? ['LATERAL'] : [])],
  RangeFunction: ({ lateral }) => ['function in FROM', ...(lateral === true ? ['LATERAL'] : [])],
  AccessPriv: ({ priv_name: name }) => [`privilege ${text(name)}`],
  DefElem: ({ defname }) => [`option ${text(defname)}`],
  // Parts of others, and what every statement has.
  ...Object.fromEntries(
    ['ResTarget', 'String', 'Integer', 'List', 'A_Star', 'ParamRef', 'RoleSpec'].map((tag) => [
      tag,
      () => [],
    ]),
  ),
};

/** Nodes that say something by their choice only. */
const onlyByChoice: ReadonlySet<string> = new Set(
  'Boolean IndexElem SortBy Constraint BoolExpr NullTest JoinExpr AlterTableCmd OnConflictClause InferClause'.split(
    ' ',
  ),
);

/**
 * A choice that a node has when its text says nothing of it, or says it in a clause that is named
 * by itself.
 */
const usualChoice = /_(?:NONE|DEFAULT|RESTRICT|NOT_SET|COUNT)$/;

/** A node's tag, each clause that it has, and its choice where a clause is one of several words. */
const clauses = (tag: string, fields: Fields): readonly string[] => [
  ...(onlyByChoice.has(tag) ? [] : [tag]),
  ...Object.entries(fields).flatMap(([field, value]) => {
    if (silentFields.has(field)) return [];
    if (typeof value === 'string') {
      const isChoice = /^[A-Z]+_\w+$/.test(value) && !usualChoice.test(value);
      return isChoice ? [`${tag} ${value}`] : [];
    }
    return value === false || typeof value === 'number' ? [] : [`${tag}.${field}`];
  }),
];

/** Nodes that stand without their tag where their kind is certain. */
const untagged: Readonly<Record<string, string>> = {
  relation: 'RangeVar',
  onConflictClause: 'OnConflictClause',
  infer: 'InferClause',
  withClause: 'WithClause',
};

const constructsOfNode = (tag: string, fields: Fields): readonly string[] => [
  ...(namers[tag]?.(fields) ?? clauses(tag, fields)),
  ...Object.entries(untagged).flatMap(([field, kind]) =>
    field in fields ? constructsOfNode(kind, object(fields[field])) : [],
  ),
];

const constructsOfTree = (root: unknown): readonly string[] => {
  const found: string[] = [];
  walk(root, (tag, fields) => {
    if (tag === 'SelectStmt') found.push(...selectConstructs(fields));
    found.push(...constructsOfNode(tag, fields));
  });
  return found;
};

/** Values that a parameter brings into a statement although its text does not show them. */
const constructsOfParameters = (parameters: readonly unknown[]): readonly string[] =>
  parameters.flatMap((value) => [
    ...(Array.isArray(value) ? ['parameter that is an array'] : []),
    ...(isInfinity(value) ? ['constant infinity'] : []),
  ]);

/**
 * Reduces a statement to the constructs that a server must know to run it: kinds of statements with
 * their clauses, functions, operators, casts, types, catalogs. Call {@link loadGrammar} first.
 */
export const constructsOf = ({ sql, parameters }: Statement): ReadonlySet<string> => {
  const [, own] = ownStatement.exec(sql) ?? [];
  if (own !== undefined) return new Set([own.toUpperCase()]);
  let rest = sql;
  const found = [...constructsOfParameters(parameters)];
  for (const [construct, pattern, replacement] of ownWords) {
    if (!pattern.test(rest)) continue;
    rest = rest.replace(pattern, replacement);
    found.push(construct);
  }
  const trees = parse(rest).statements.map(({ stmt }) => stmt);
  if (trees.length > 1) found.push('several statements');
  if (trees.some((tree) => untag(tree)[0] === 'TransactionStmt')) {
    // Its words are few, and one with another is another statement.
    return new Set([sql.trim().replaceAll(/\s+/g, ' ').toUpperCase()]);
  }
  const ofTree = trees.flatMap(constructsOfTree);
  const changes = trees.map((tree) => untag(tree)[0]).filter((tag) => /^(Update|Delete)/.test(tag));
  const nested = ofTree.includes('subquery ANY') ? changes.map((tag) => `subquery in ${tag}`) : [];
  return new Set([...found, ...ofTree, ...nested]);
};

export { loadGrammar };
