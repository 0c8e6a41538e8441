import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../../packages/local-dsql/src/statements/index.ts';
import { verdict } from '../verdict.ts';

beforeAll(loadGrammar);

const refused = (type: string): string => `0A000 datatype ${type} not supported`;

const shownAs = new Map([
  ['bit(3)', 'bit'],
  ['varbit', 'bit varying'],
  ['bit varying(3)', 'bit varying'],
]);

const types: readonly string[] = [
  'line',
  'circle',
  'point',
  'box',
  'path',
  'polygon',
  'lseg',
  'money',
  'xml',
  'bit',
  'bit(3)',
  'varbit',
  'bit varying(3)',
  'macaddr',
  'macaddr8',
  'pg_lsn',
  'tsvector',
  'tsquery',
  'cidr',
];

describe.each(types)('a value of %s', (type) => {
  const shown = shownAs.get(type) ?? type;

  it.each([
    `SELECT 'x'::${type}`,
    `SELECT CAST(a AS ${type}) FROM b`,
    `SELECT 'x'::pg_catalog.${type.startsWith('bit ') ? 'varbit' : type}`,
    `SELECT ('x'::text)::${type}::text`,
    `SELECT $1::${type}`,
    `INSERT INTO a (b) VALUES ('x'::${type}::text)`,
    `UPDATE a SET b = 'x' WHERE c = 'y'::${type}::text`,
    `WITH x AS (SELECT 'x'::${type} AS y) SELECT 1 FROM x`,
    `CREATE TABLE a (b text DEFAULT 'x'::${type}::text)`,
    `CREATE TABLE a (b text CHECK (b::${type} IS NULL))`,
    `CREATE TABLE a (b text, c text GENERATED ALWAYS AS (b::${type}::text) STORED)`,
    `CREATE VIEW v AS SELECT 'x'::${type} AS y`,
    `CREATE INDEX ASYNC i ON a ((b::${type}::text))`,
    `CREATE INDEX ASYNC i ON a (b) WHERE b::${type} IS NULL`,
    `CREATE FUNCTION f(x ${type}) RETURNS int LANGUAGE sql RETURN 1`,
    `CREATE FUNCTION f() RETURNS ${type} LANGUAGE sql RETURN 1`,
    `CREATE FUNCTION f() RETURNS SETOF ${type} LANGUAGE sql AS 'SELECT 1'`,
    `CREATE FUNCTION f() RETURNS TABLE (x ${type}) LANGUAGE sql AS 'SELECT 1'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1 WHERE NULL::${type} IS NULL'`,
    `CREATE FUNCTION f() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT NULL::${type}; END`,
    `SELECT * FROM json_to_recordset('[]') AS r(x ${type})`,
    `COPY (SELECT 'x'::${type}) TO STDOUT`,
    `EXPLAIN SELECT 'x'::${type}`,
    `CREATE DOMAIN d AS ${type}`,
  ])('has no place: %s', (sql) => {
    expect(verdict(sql)).toBe(refused(shown));
  });

  it('has none in an array either', () => {
    expect(verdict(`SELECT '{}'::${type}[]`)).toBe(refused(`${shown}[]`));
  });
});

describe('a value of a type that DSQL lacks', () => {
  it.each([
    ["SELECT line '{1,2,3}'", 'line'],
    ["SELECT LINE '{1,2,3}'", 'line'],
    [`SELECT 'x'::"line"`, 'line'],
    ["SELECT '{}'::_line", 'line[]'],
    ["SELECT '{}'::pg_catalog._circle", 'circle[]'],
    ["SELECT line(point '(0,0)', point '(1,1)')", 'line'],
    ['SELECT point(1, 2)', 'point'],
    ['SELECT pg_catalog.circle($1, 2)', 'circle'],
    ["SELECT tsvector('a')", 'tsvector'],
    ['SELECT money(1)', 'money'],
    ["SELECT point_in('(1,2)')", 'point'],
    ["SELECT array_to_tsvector('{a}')", 'tsvector'],
    ["SELECT B'101'", 'bit'],
    ["SELECT x'1f'::int", 'bit'],
    ['SELECT xmlelement(name a)', 'xml'],
    ["SELECT xmlparse(content '<a/>')", 'xml'],
    ['SELECT xmlserialize(content a AS text) FROM b', 'xml'],
    ['SELECT a IS DOCUMENT FROM b', 'xml'],
    ["SELECT * FROM xmltable('/a' PASSING b COLUMNS c int)", 'xml'],
    ["SELECT xpath('/a', b) FROM c", 'xml'],
    ["SELECT schema_to_xml('a', true, true, '')", 'xml'],
  ])('is made in no other way: %s', (sql, type) => {
    expect(verdict(sql)).toBe(refused(type));
  });
});

describe('a value that exists in queries only', () => {
  it.each([
    "SELECT '127.0.0.1'::inet, inet '::1', network('10.0.0.1/8')",
    "SELECT '{1,2}'::int[], ARRAY[1, 2], string_to_array('1,2', ','), '{}'::_text",
    "SELECT int4range(1, 5), '[1,2)'::numrange, '{[1,2)}'::int8multirange",
    "SELECT 'pg_class'::regclass, 'a'::name, 1::oid, 'a'::\"char\", '$.a'::jsonpath",
    'CREATE FUNCTION f(x int4range, y int[]) RETURNS int LANGUAGE sql RETURN 1',
    'CREATE FUNCTION f() RETURNS int[] LANGUAGE sql RETURN 1',
    "SELECT 'x'::app.line, app.point(1, 2), 'line', line.bit FROM line",
    `SELECT 'x'::"Line"`,
  ])('has its place: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });

  it.each([
    ['CREATE FUNCTION f() RETURNS int4range LANGUAGE sql RETURN 1', 'int4range'],
    ["CREATE FUNCTION f(OUT x tstzrange, OUT y int) LANGUAGE sql AS 'SELECT null, 1'", 'tstzrange'],
    [
      "CREATE FUNCTION f() RETURNS TABLE (x datemultirange) LANGUAGE sql AS 'SELECT null'",
      'datemultirange',
    ],
  ])('is not returned where it is a range: %s', (sql, type) => {
    expect(verdict(sql)).toBe(refused(type));
  });
});
