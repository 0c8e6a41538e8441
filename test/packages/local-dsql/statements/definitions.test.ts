import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../packages/local-dsql/src/statements/index.ts';
import { verdict } from './verdict.ts';

beforeAll(loadGrammar);

const notSupported = (cases: readonly (readonly [string, string])[]): void => {
  it.each(cases)('%s', (sql, message) => {
    expect(verdict(sql)).toBe(`0A000 ${message}`);
  });
};

describe('a table has no', () => {
  notSupported([
    ['CREATE TABLE a PARTITION OF b DEFAULT', 'PARTITION OF clause not supported for CREATE TABLE'],
    ['CREATE TABLE a OF pair', 'OF clause not supported for CREATE TABLE'],
    ['CREATE TABLE a (x int) USING heap', 'USING clause not supported for CREATE TABLE'],
    ['CREATE TABLE a (x int) WITH (fillfactor = 70)', 'WITH clause not supported for CREATE TABLE'],
    ['CREATE TABLE a (x int) TABLESPACE b', 'TABLESPACE clause not supported for CREATE TABLE'],
    ['CREATE TABLE a (x int) ON COMMIT DROP', 'ON COMMIT clause not supported for CREATE TABLE'],
    ['CREATE TABLE pg_temp.a (x int)', 'TEMPORARY or TEMP table not supported for CREATE TABLE'],
    ['CREATE TABLE a (x int, EXCLUDE (x WITH =))', 'EXCLUDE constraint not supported'],
    [
      'CREATE TABLE a (x int PRIMARY KEY WITH (fillfactor = 70))',
      'WITH clause not supported for constraints',
    ],
    [
      'CREATE TABLE a (x int, UNIQUE (x) USING INDEX TABLESPACE b)',
      'TABLESPACE clause not supported for constraints',
    ],
    ['CREATE TABLE a (x text COLLATE "C")', 'COLLATE clause not supported'],
    ['ALTER TABLE a ADD COLUMN x text COLLATE "C"', 'COLLATE clause not supported'],
    ['CREATE DOMAIN d AS text COLLATE "C"', 'COLLATE clause not supported'],
    ['CREATE TABLE a (x text COMPRESSION lz4)', 'COMPRESSION clause not supported'],
  ]);
});

describe('a key that may be checked later', () => {
  it.each([
    'CREATE TABLE a (x int PRIMARY KEY DEFERRABLE)',
    'CREATE TABLE a (x int UNIQUE DEFERRABLE INITIALLY DEFERRED)',
    'CREATE TABLE a (x int UNIQUE INITIALLY DEFERRED)',
    'CREATE TABLE a (x int CONSTRAINT k UNIQUE NULLS NOT DISTINCT DEFERRABLE NOT NULL)',
    'CREATE TABLE a (x int, PRIMARY KEY (x) DEFERRABLE)',
    'CREATE TABLE a (x int, CONSTRAINT k UNIQUE (x) INITIALLY DEFERRED)',
    'ALTER TABLE a ADD CONSTRAINT k UNIQUE USING INDEX i DEFERRABLE',
    'CREATE SCHEMA s CREATE TABLE a (x int UNIQUE DEFERRABLE)',
  ])('is only a foreign one: %s', (sql) => {
    expect(verdict(sql)).toBe(
      '0A000 DEFERRABLE not supported for constraints other than FOREIGN KEY',
    );
  });

  it.each([
    'CREATE TABLE a (x int PRIMARY KEY REFERENCES b DEFERRABLE INITIALLY DEFERRED)',
    'CREATE TABLE a (x int UNIQUE NOT DEFERRABLE INITIALLY IMMEDIATE)',
    'CREATE TABLE a (x int UNIQUE, FOREIGN KEY (x) REFERENCES b DEFERRABLE)',
    'ALTER TABLE a ADD FOREIGN KEY (x) REFERENCES b DEFERRABLE NOT VALID',
    'ALTER TABLE a ADD CONSTRAINT k UNIQUE USING INDEX i NOT DEFERRABLE',
  ])('is a foreign one: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });
});

describe('a column has no', () => {
  notSupported([
    ['CREATE TABLE a (x app.amount[])', 'datatype amount[] not supported'],
    ['CREATE TABLE a (x _int4)', 'datatype integer[] not supported'],
    ['CREATE TABLE a (x pg_catalog._text)', 'datatype text[] not supported'],
    [
      'CREATE TABLE a (x timestamptz(3) ARRAY)',
      'datatype timestamp with time zone[] not supported',
    ],
    ['CREATE DOMAIN d AS int[]', 'datatype integer[] not supported'],
    ['CREATE TABLE a (x "char")', 'datatype "char" not supported'],
    ['CREATE TABLE a (x varchar(65536))', 'datatype character varying(65536) not supported'],
  ]);

  it('limit on numeric but PostgreSQL’s, which says so itself', () => {
    expect(verdict('CREATE TABLE a (x numeric(1001), y numeric(3, -2), z _private)')).toBe('ok');
  });
});

describe('an index has no', () => {
  const refused = '0A000 USING not supported for CREATE INDEX';

  it.each([
    'CREATE INDEX ASYNC i ON a USING btree (x)',
    'create index async on a using hash (x)',
    'CREATE INDEX i ON a /* how */ USING gin (x)',
    'CREATE INDEX ASYNC i ON a USING "BTREE_INDEX" (x)',
  ])('access method to choose: %s', (sql) => {
    expect(verdict(sql)).toBe(refused);
  });

  it('access method in its name', () => {
    expect(verdict('CREATE INDEX ASYNC "using" ON "using" ("using")')).toBe('ok');
  });

  notSupported([
    ['CREATE INDEX ASYNC i ON a (x) WITH (fillfactor = 70)', 'WITH not supported for CREATE INDEX'],
    ['CREATE INDEX ASYNC i ON a (x) TABLESPACE b', 'TABLESPACE not supported for CREATE INDEX'],
    ['CREATE INDEX ASYNC CONCURRENTLY i ON a (x)', 'CONCURRENTLY not supported for CREATE INDEX'],
    ['CREATE INDEX ASYNC i ON a (x ASC)', 'specifying sort order not supported for index keys'],
  ]);
});

describe('a collation', () => {
  it('is C, by any of its names', () => {
    expect(verdict('SELECT x COLLATE "C", x COLLATE pg_catalog."default" FROM a')).toBe('ok');
    expect(verdict('CREATE INDEX ASYNC ON a (x COLLATE "POSIX")')).toBe('ok');
  });

  it.each([
    'SELECT x FROM a ORDER BY x COLLATE "de-x-icu"',
    'CREATE INDEX ASYNC ON a (x COLLATE "de-x-icu")',
  ])('of the machine does not exist: %s', (sql) => {
    expect(verdict(sql)).toBe('42704 collation "de-x-icu" for encoding "UTF8" does not exist');
  });
});

describe('a sequence', () => {
  it.each(['CREATE SEQUENCE s AS integer CACHE 1', 'ALTER SEQUENCE s AS numeric'])(
    'counts in bigint: %s',
    (sql) => {
      expect(verdict(sql)).toBe('22023 sequence type must be bigint');
    },
  );

  notSupported([
    ['CREATE UNLOGGED SEQUENCE s CACHE 1', 'UNLOGGED sequence not supported for CREATE SEQUENCE'],
    [
      'CREATE TEMP SEQUENCE s CACHE 1',
      'TEMPORARY or TEMP sequence not supported for CREATE SEQUENCE',
    ],
  ]);
});

describe('a cache of numbers', () => {
  it.each([
    ['CREATE SEQUENCE s CACHE 100', 100],
    ['CREATE SEQUENCE IF NOT EXISTS app.s INCREMENT 2 CACHE 2', 2],
    ['CREATE SEQUENCE s CACHE 65535', 65535],
    ['CREATE SEQUENCE s CACHE 0', 0],
    ['CREATE SEQUENCE s CACHE -1', -1],
    ['ALTER SEQUENCE s CACHE 5', 5],
    ['CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 5))', 5],
    ['CREATE TABLE a (id bigint GENERATED BY DEFAULT AS IDENTITY (CACHE 5) PRIMARY KEY)', 5],
    ['CREATE SCHEMA s CREATE SEQUENCE q CACHE 7', 7],
    ['CREATE SCHEMA s CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY (CACHE 7))', 7],
    ['ALTER TABLE a ALTER x SET CACHE 5', 5],
    ['ALTER TABLE a ALTER x ADD GENERATED ALWAYS AS IDENTITY (CACHE 5)', 5],
  ])('is one or large: %s', (sql, cache) => {
    expect(verdict(sql)).toBe(
      `22023 CACHE (${cache}) must be greater than or equal to 65536 or equal to 1`,
    );
  });

  it.each([
    ['CREATE SEQUENCE s', 'CREATE SEQUENCE'],
    ['CREATE TABLE a (id bigint GENERATED ALWAYS AS IDENTITY)', 'identity column'],
    ['ALTER TABLE a ALTER x ADD GENERATED ALWAYS AS IDENTITY', 'identity column'],
  ])('is said: %s', (sql, subject) => {
    expect(verdict(sql)).toBe(
      `0A000 ${subject} is not supported without an explicit cache size. please define CACHE greater than or equal to 65536 or equal to 1`,
    );
  });

  it('is as large as one likes', () => {
    expect(verdict('CREATE SEQUENCE s CACHE 9999999999')).toBe('ok');
  });
});

describe('a schema', () => {
  it('comes with tables and views in one statement', () => {
    const sql =
      'CREATE SCHEMA s CREATE TABLE a (x int PRIMARY KEY) CREATE VIEW v AS SELECT x FROM a';
    expect(verdict(sql)).toBe('ok');
  });

  notSupported([
    ['CREATE SCHEMA s CREATE TABLE a (x inet)', 'datatype inet not supported'],
    [
      'CREATE SCHEMA s CREATE TABLE a (x int) CREATE INDEX ON a (x)',
      'unsupported mode. please use CREATE INDEX ASYNC.',
    ],
  ]);
});

describe('a function', () => {
  const create = 'CREATE FUNCTION f() RETURNS void LANGUAGE sql';

  it.each([
    `${create} AS 'SELECT $1; DELETE FROM a'`,
    `${create} SET search_path = app BEGIN ATOMIC SELECT 1; END`,
  ])('does what DSQL does, or is PostgreSQL’s to judge: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });

  it('has a text that the grammar knows', () => {
    expect(verdict(`${create} AS 'not SQL'`)).toBe('42601 syntax error at or near "not"');
  });

  notSupported([
    [`${create} AS $$ SELECT 1; TRUNCATE a $$`, 'unsupported statement: Truncate'],
    [`${create} AS 'CREATE TABLE a (id int)'`, 'unsupported statement: Create'],
    [`${create} AS $$ ${create} AS $x$ TRUNCATE a $x$ $$`, 'unsupported statement: CreateFunction'],
    [`${create} WINDOW AS 'SELECT 1'`, 'WINDOW not supported for CREATE FUNCTION'],
    [`${create} LEAKPROOF AS 'SELECT 1'`, 'LEAKPROOF not supported for CREATE FUNCTION'],
    [`${create} SUPPORT s AS 'SELECT 1'`, 'SUPPORT not supported for CREATE FUNCTION'],
    [
      `${create} TRANSFORM FOR TYPE int AS 'SELECT 1'`,
      'TRANSFORM not supported for CREATE FUNCTION',
    ],
    [`${create} AS 'SELECT pg_advisory_lock(1)'`, 'function pg_advisory_lock not supported'],
    [
      `${create} BEGIN ATOMIC SELECT pg_advisory_lock(1); END`,
      'function pg_advisory_lock not supported',
    ],
    [
      `${create} AS $$ SELECT set_config(n, '1', false) FROM a $$`,
      'function set_config not supported in a function unless it names the parameter',
    ],
    [
      `${create} SET work_mem = '1MB' AS 'SELECT 1'`,
      'setting configuration parameter "work_mem" not supported',
    ],
  ]);
});
