import type { ServiceError } from '../../protocol/protocol.ts';
import { constant, type Fields, list, nameParts } from '../ast.ts';
import { notSupported } from '../refusal.ts';

/**
 * Types that a column may have, by PostgreSQL's internal name and as an error message shows them.
 */
const columnTypes: Readonly<Record<string, string>> = {
  bool: 'boolean',
  bpchar: 'character',
  bytea: 'bytea',
  date: 'date',
  float4: 'real',
  float8: 'double precision',
  int2: 'smallint',
  int4: 'integer',
  int8: 'bigint',
  interval: 'interval',
  json: 'json',
  jsonb: 'jsonb',
  numeric: 'numeric',
  text: 'text',
  time: 'time without time zone',
  timestamp: 'timestamp without time zone',
  timestamptz: 'timestamp with time zone',
  timetz: 'time with time zone',
  uuid: 'uuid',
  varchar: 'character varying',
};

/** PostgreSQL's internal names of the types that a column may have. */
export const storedTypes: readonly string[] = Object.keys(columnTypes);

/**
 * Types that no key may have, although a column may: those without index support in the
 * documentation.
 */
export const keylessTypes: readonly string[] = ['bytea', 'interval', 'json', 'jsonb', 'timetz'];

const notInKey = (shown: string): ServiceError =>
  notSupported(`datatype ${shown} is not supported in a key`);

/** Types of PostgreSQL that exist in queries only. */
const queryTypes: ReadonlySet<string> = new Set(
  `aclitem bit box char cid cidr circle cstring datemultirange daterange gtsvector inet int2vector
   int4multirange int4range int8multirange int8range jsonpath line lseg macaddr macaddr8 money name
   nummultirange numrange oid oidvector path pg_lsn pg_snapshot point polygon record refcursor regclass
   regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole
   regtype tid tsmultirange tsquery tsrange tstzmultirange tstzrange tsvector txid_snapshot varbit xid
   xid8 xml`.split(/\s+/),
);

const shownNames: Readonly<Record<string, string>> = {
  char: '"char"',
  varbit: 'bit varying',
};

/** Pseudo-types of PostgreSQL's grammar for a column with a sequence; DSQL has none of them. */
const serialTypes: ReadonlySet<string> = new Set(
  'bigserial serial serial2 serial4 serial8 smallserial'.split(' '),
);

/**
 * PostgreSQL's own limits are wider; where they are the same, as for `numeric`, it says so itself.
 */
const lengthLimits: Readonly<Record<string, number>> = {
  bpchar: 4096,
  varchar: 65_535,
};

/** PostgreSQL's name for a type of the parse tree, without its schema. */
export const typeName = (type: Fields): string => nameParts(type['names']).at(-1) ?? '';

/** A type of PostgreSQL's by its internal name, as error messages show it. */
export const shownName = (name: string): string => columnTypes[name] ?? shownNames[name] ?? name;

/** The type as DSQL's messages show it. */
export const shownType = (type: Fields): string => shownName(typeName(type));

/** Whether a name stands for a type of PostgreSQL rather than for one of the user's. */
export const isBuiltIn = (names: readonly string[]): boolean =>
  names.length === 1 || names[0] === 'pg_catalog';

/**
 * The element of an array, as messages show it. Arrays of PostgreSQL's own types have names as
 * well, such as `_int4`.
 */
export const elementOf = (type: Fields): string | undefined => {
  const name = typeName(type);
  if (list(type['arrayBounds']).length > 0) return shownType(type);
  const element = name.slice(1);
  return name.startsWith('_') && (element in columnTypes || queryTypes.has(element))
    ? shownName(element)
    : undefined;
};

/** Refuses the types that DSQL does not store in a column. */
export const refuseColumnType = (type: Fields): ServiceError | undefined => {
  const name = typeName(type);
  const builtIn = isBuiltIn(nameParts(type['names']));
  if (builtIn && serialTypes.has(name)) {
    return { code: '42704', message: `type "${name}" does not exist` };
  }
  const element = elementOf(type);
  if (element !== undefined) return notSupported(`datatype ${element}[] not supported`);
  if (!builtIn) return undefined;
  if (queryTypes.has(name)) return notSupported(`datatype ${shownType(type)} not supported`);
  const limit = lengthLimits[name];
  const length = constant(list(type['typmods'])[0]);
  if (limit === undefined || typeof length !== 'number' || length <= limit) return undefined;
  return notSupported(`datatype ${shownType(type)}(${length}) not supported`);
};

/** Refuses a column's type in the key of a primary key, a unique constraint or an index. */
export const refuseKeyType = (type: Fields): ServiceError | undefined =>
  isBuiltIn(nameParts(type['names'])) && keylessTypes.includes(typeName(type))
    ? notInKey(shownType(type))
    : undefined;
