import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../packages/local-dsql/src/statements/index.ts';
import { read, verdict } from './verdict.ts';

beforeAll(loadGrammar);

describe('a form of ALTER TABLE that DSQL does not have is named as PostgreSQL names it', () => {
  it.each([
    ['ALTER x SET STATISTICS 9', 'ALTER COLUMN ... SET STATISTICS'],
    ['ALTER x SET (n_distinct = 5)', 'ALTER COLUMN ... SET'],
    ['ALTER x RESET (n_distinct)', 'ALTER COLUMN ... RESET'],
    ['ALTER x SET COMPRESSION lz4', 'ALTER COLUMN ... SET COMPRESSION'],
    ['ALTER x SET NOT NULL', 'ALTER COLUMN ... SET NOT NULL'],
    ['ALTER x TYPE bigint USING x::bigint', 'ALTER COLUMN ... SET DATA TYPE'],
    ['CLUSTER ON i', 'CLUSTER ON'],
    ['SET WITHOUT CLUSTER', 'SET WITHOUT CLUSTER'],
    ['SET WITHOUT OIDS', 'SET WITHOUT OIDS'],
    ['SET ACCESS METHOD heap', 'SET ACCESS METHOD'],
    ['SET TABLESPACE other', 'SET TABLESPACE'],
    ['SET LOGGED', 'SET LOGGED'],
    ['SET UNLOGGED', 'SET UNLOGGED'],
    ['SET (fillfactor = 70)', 'SET'],
    ['RESET (fillfactor)', 'RESET'],
    ['INHERIT p', 'INHERIT'],
    ['NO INHERIT p', 'NO INHERIT'],
    ['OF pair', 'OF'],
    ['NOT OF', 'NOT OF'],
    ['REPLICA IDENTITY FULL', 'REPLICA IDENTITY'],
    ['FORCE ROW LEVEL SECURITY', 'FORCE ROW SECURITY'],
    ['NO FORCE ROW LEVEL SECURITY', 'NO FORCE ROW SECURITY'],
    ['ENABLE REPLICA RULE r', 'ENABLE REPLICA RULE'],
    ['ATTACH PARTITION p DEFAULT', 'ATTACH PARTITION'],
    ['DETACH PARTITION p FINALIZE', 'DETACH PARTITION ... FINALIZE'],
  ])('%s', (form, name) => {
    expect(verdict(`ALTER TABLE a ${form}`)).toBe(
      `0A000 unsupported ALTER TABLE ${name} statement`,
    );
  });
});

describe('ALTER TABLE', () => {
  it.each(['ENABLE TRIGGER ALL', 'DISABLE TRIGGER USER', 'ENABLE ALWAYS TRIGGER t'])(
    'takes %s, although there are no triggers',
    (form) => {
      expect(verdict(`ALTER TABLE a ${form}`)).toBe('ok');
    },
  );

  it('leaves triggers that are not the client’s alone', () => {
    const [statement] =
      read(`ALTER TABLE a ADD COLUMN "ALL" int, disable trigger -- now\n all`) ?? [];
    expect(statement?.sql).toBe('ALTER TABLE a ADD COLUMN "ALL" int, disable trigger  \nUSER');
  });

  it('asks the catalog about what it drops or makes an identity column', () => {
    const sql = `ALTER TABLE app.a DROP x, DROP CONSTRAINT "c'd", ALTER y ADD GENERATED ALWAYS AS IDENTITY (CACHE 1)`;
    const [statement] = read(sql) ?? [];
    expect(statement).toMatchObject({ tag: 'ALTER TABLE', kind: 'ddl' });
    expect(statement?.sql).toContain(
      `', '"app"."a"', ARRAY['x']::text[], ARRAY['c''d']::text[], ARRAY['y']::text[])`,
    );
  });

  it('takes a constraint later, and none at once', () => {
    const add = 'ALTER TABLE a ADD CONSTRAINT c';
    expect(verdict(`${add} FOREIGN KEY (x) REFERENCES b NOT VALID`)).toBe('ok');
    for (const constraint of ['UNIQUE (x)', 'EXCLUDE (x WITH =)', 'FOREIGN KEY (x) REFERENCES b']) {
      expect(verdict(`${add} ${constraint}`)).toBe(
        '0A000 unsupported ALTER TABLE ADD CONSTRAINT statement',
      );
    }
  });
});

describe('an object that DSQL has', () => {
  it.each([
    'ALTER SCHEMA app OWNER TO app',
    'ALTER SCHEMA app RENAME TO other',
    'ALTER FUNCTION f(int) SET SCHEMA app',
    'ALTER FUNCTION f(int) OWNER TO app',
    'ALTER DOMAIN d SET DEFAULT 1',
    'ALTER DOMAIN d DROP CONSTRAINT IF EXISTS c',
    'ALTER VIEW v SET (security_barrier = true)',
    'ALTER VIEW v ALTER COLUMN x SET DEFAULT 1',
    'ALTER STATISTICS s SET STATISTICS 10',
    'ALTER ROLE app RENAME TO other',
    'ALTER ROLE app SET search_path = app',
    'ALTER ROLE app RESET ALL',
    'DROP TABLE IF EXISTS a, b CASCADE',
    'DROP INDEX i',
    'DROP DOMAIN d',
    'DROP FUNCTION IF EXISTS f(int)',
    'DROP STATISTICS s',
  ])('is altered or dropped: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });
});

describe('an object that DSQL does not have', () => {
  it.each([
    'TYPE t',
    'TYPE IF EXISTS t',
    'MATERIALIZED VIEW v',
    'EXTENSION IF EXISTS e',
    'POLICY p ON a',
    'RULE r ON a',
    'FOREIGN TABLE f',
    'AGGREGATE a(int)',
    'CAST (int AS text)',
    'OPERATOR + (int, int)',
    'PUBLICATION p',
    'SERVER s',
    'TRIGGER IF EXISTS t ON a',
    'EVENT TRIGGER t',
    'PROCEDURE p',
    'TEXT SEARCH CONFIGURATION c',
    'COLLATION c',
  ])('cannot be dropped: %s', (object) => {
    expect(verdict(`DROP ${object}`)).toBe('0A000 unsupported object in DROP statement');
  });

  it.each([
    'TYPE t RENAME TO u',
    'TYPE "T" RENAME TO u',
    'TYPE t RENAME ATTRIBUTE x TO y CASCADE',
    'MATERIALIZED VIEW v RENAME TO w',
    'MATERIALIZED VIEW IF EXISTS app.v RENAME COLUMN x TO y',
    'FOREIGN TABLE f RENAME TO g',
    'FOREIGN TABLE f RENAME x TO y',
    'TRIGGER t ON a RENAME TO b',
    'EVENT TRIGGER t RENAME TO u',
    'RULE r ON a RENAME TO s',
    'POLICY p ON a RENAME TO q',
    'AGGREGATE a(int) RENAME TO b',
    'COLLATION c RENAME TO d',
    'DATABASE postgres RENAME TO other',
    'LANGUAGE plpgsql RENAME TO other',
    'PROCEDURE p() RENAME TO q',
    'ROUTINE p() RENAME TO q',
    'SERVER s RENAME TO t',
    'TABLESPACE s RENAME TO t',
    'TEXT SEARCH CONFIGURATION c RENAME TO d',
  ])('is not renamed: %s', (object) => {
    expect(verdict(`ALTER ${object}`)).toBe('0A000 unsupported object in RENAME statement');
  });

  it('is neither renamed nor dropped by a function', () => {
    const create = 'CREATE FUNCTION f() RETURNS void LANGUAGE sql AS';
    expect(verdict(`${create} 'ALTER TYPE t RENAME TO u'`)).toBe(
      '0A000 unsupported object in RENAME statement',
    );
    expect(verdict(`${create} 'DROP TYPE t'`)).toBe('0A000 unsupported object in DROP statement');
  });

  it.each([
    ['ALTER TYPE t OWNER TO app', 'ALTER TYPE not supported'],
    ['ALTER TYPE t SET SCHEMA app', 'ALTER TYPE not supported'],
    ['ALTER AGGREGATE a(int) OWNER TO app', 'unsupported statement: AlterOwner'],
    ['ALTER DATABASE postgres OWNER TO app', 'unsupported statement: AlterOwner'],
    ['ALTER EXTENSION e SET SCHEMA app', 'unsupported statement: AlterObjectSchema'],
    ['ALTER MATERIALIZED VIEW v SET SCHEMA app', 'unsupported statement: AlterObjectSchema'],
    ['ALTER FUNCTION f() DEPENDS ON EXTENSION e', 'unsupported statement: AlterObjectDepends'],
    ['ALTER INDEX IF EXISTS i RENAME TO j', 'unsupported statement: AlterIndex'],
    ['ALTER INDEX i SET (fillfactor = 70)', 'unsupported statement: AlterIndex'],
    ['ALTER FUNCTION f() IMMUTABLE', 'unsupported statement: AlterFunction'],
    ['ALTER VIEW v SET LOGGED', 'unsupported ALTER TABLE SET LOGGED statement'],
    ["CREATE ROLE r VALID UNTIL '2030-01-01'", 'VALID UNTIL not supported for roles'],
    ["ALTER ROLE r PASSWORD 'secret'", 'PASSWORD not supported for roles'],
    [
      "ALTER ROLE r SET work_mem = '1MB'",
      'setting configuration parameter "work_mem" not supported',
    ],
    [
      'ALTER ROLE r IN DATABASE postgres SET search_path = app',
      'unsupported statement: AlterRoleSet',
    ],
  ])('cannot be altered: %s', (sql, message) => {
    expect(verdict(sql)).toBe(`0A000 ${message}`);
  });
});
