import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../packages/local-dsql/src/statements/index.ts';
import { read, verdict } from './verdict.ts';

beforeAll(loadGrammar);

describe('a session', () => {
  it.each([
    'RESET statement_timeout',
    'RESET ALL',
    'RESET SESSION AUTHORIZATION',
    'SET SESSION AUTHORIZATION DEFAULT',
    'DEALLOCATE ALL',
    'DEALLOCATE PREPARE ALL',
    'SET client_encoding TO DEFAULT',
    "SET client_encoding = 'UTF8'",
    'SET client_encoding TO utf8',
    "SET NAMES 'utf-8'",
  ])('gives back what it has: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
    expect(read(sql)[0]?.kind).toBe('session');
  });

  it.each([
    [
      'SET SESSION AUTHORIZATION app',
      'setting configuration parameter "session_authorization" not supported',
    ],
    [
      "SET TRANSACTION SNAPSHOT '1'",
      'setting configuration parameter "TRANSACTION SNAPSHOT" not supported',
    ],
    ['SET work_mem TO DEFAULT', 'setting configuration parameter "work_mem" not supported'],
    ['DEALLOCATE p', 'unsupported statement: Deallocate'],
    ['DISCARD PLANS', 'unsupported statement: Discard'],
  ])('does not take what DSQL does not have: %s', (sql, message) => {
    expect(verdict(sql)).toBe(`0A000 ${message}`);
  });
});

const levels = ['SERIALIZABLE', 'READ COMMITTED', 'READ UNCOMMITTED', 'serializable'];

describe('an isolation level', () => {
  it.each(
    levels.flatMap((level) => [
      `SET TRANSACTION ISOLATION LEVEL ${level}`,
      `SET LOCAL TRANSACTION ISOLATION LEVEL ${level}`,
      `SET TRANSACTION READ ONLY, ISOLATION LEVEL ${level}`,
      `SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL ${level}`,
      `BEGIN ISOLATION LEVEL ${level}`,
      `BEGIN TRANSACTION READ WRITE, ISOLATION LEVEL ${level}`,
      `START TRANSACTION ISOLATION LEVEL ${level}`,
    ]),
  )('is not chosen: %s', (sql) => {
    const [, level = ''] = /LEVEL (.*)/.exec(sql) ?? [];
    expect(verdict(sql)).toBe(`0A000 Unsupported isolation level: ${level.toUpperCase()}`);
  });

  it.each([
    ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'TRANSACTION'],
    ['SET LOCAL TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'TRANSACTION'],
    ['SET TRANSACTION READ ONLY', 'TRANSACTION'],
    ['SET TRANSACTION DEFERRABLE', 'TRANSACTION'],
    [
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ',
      'SESSION CHARACTERISTICS',
    ],
    ['SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY', 'SESSION CHARACTERISTICS'],
    ["SET transaction_isolation = 'serializable'", 'transaction_isolation'],
    ['SET transaction_isolation TO DEFAULT', 'transaction_isolation'],
    ["SET default_transaction_isolation = 'repeatable read'", 'default_transaction_isolation'],
    ["SELECT set_config('transaction_isolation', 'serializable', true)", 'transaction_isolation'],
    [
      "ALTER ROLE r SET default_transaction_isolation = 'serializable'",
      'default_transaction_isolation',
    ],
    [
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql SET transaction_isolation = 'serializable' RETURN 1",
      'transaction_isolation',
    ],
    [
      "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ'",
      'TRANSACTION',
    ],
  ])('is not set either, not even the one there is: %s', (sql, name) => {
    expect(verdict(sql)).toBe(`0A000 setting configuration parameter "${name}" not supported`);
  });

  it.each([
    'BEGIN ISOLATION LEVEL REPEATABLE READ',
    'START TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY',
  ])('may be the one there is where a transaction begins: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });
});

describe('a parameter whose name is computed', () => {
  it.each([
    ['SELECT set_config($1, $2, false)', 'SELECT pg_antipode.set_config($1, $2, false)'],
    [
      `SELECT Pg_Catalog . "set_config" (name, '', true), 'set_config(' FROM a`,
      `SELECT pg_antipode . "set_config" (name, '', true), 'set_config(' FROM a`,
    ],
    [
      `CREATE FUNCTION f() RETURNS text BEGIN ATOMIC SELECT set_config(n, '1', false) FROM a; END`,
      `CREATE FUNCTION f() RETURNS text BEGIN ATOMIC SELECT pg_antipode.set_config(n, '1', false) FROM a; END`,
    ],
    [
      `SELECT "Set_Config"(n), SET_CONFIG(n, '1', false) FROM a`,
      `SELECT "Set_Config"(n), pg_antipode.set_config(n, '1', false) FROM a`,
    ],
    [
      `CREATE VIEW v AS SELECT set_config(n, '1', false) FROM a`,
      `CREATE VIEW v AS SELECT pg_antipode.set_config(n, '1', false) FROM a`,
    ],
    [
      `ALTER TABLE a ADD CHECK (set_config(n, '', false) = '') NOT VALID`,
      `ALTER TABLE a ADD CHECK (pg_antipode.set_config(n, '', false) = '') NOT VALID`,
    ],
  ])('is judged as it is set: %s', (sql, judged) => {
    expect(read(sql)).toEqual([expect.objectContaining({ sql: judged, changed: true })]);
  });

  it('is refused where the call cannot be found again in the text', () => {
    const refused = '0A000 function set_config not supported';
    expect(verdict(String.raw`SELECT U&"\0073et_config"($1, '5s', false)`)).toBe(refused);
    expect(
      verdict(
        `ALTER TABLE a ADD CHECK (U&"!0073et_config" UESCAPE '!' (n, '', false) = '') NOT VALID, DROP COLUMN b`,
      ),
    ).toBe(refused);
  });

  it.each([
    String.raw`SELECT set_config(U&'\0073tatement_timeout', '5s', false)`,
    String.raw`SELECT U&"\0073et_config"(E'\x73tatement_timeout', '5s', false)`,
    `SELECT postgres.pg_catalog.set_config('statement_timeout', '5s', false)`,
  ])('is known however it is written: %s', (sql) => {
    expect(verdict(sql)).toBe(
      '0A000 setting configuration parameter "statement_timeout" not supported',
    );
  });

  it('is nobody’s business where a function of the user’s sets it', () => {
    const sql = 'SELECT app.set_config($1, set_config) FROM a';
    expect(read(sql)).toEqual([expect.objectContaining({ sql, changed: false })]);
  });
});

describe('the encoding of a client', () => {
  it.each([
    ["SET client_encoding = 'LATIN1'", 'LATIN1'],
    ["SET NAMES 'sql_ascii'", 'sql_ascii'],
    ["SELECT set_config('Client_Encoding', 'LATIN1', false)", 'LATIN1'],
    ['ALTER ROLE app SET client_encoding TO latin1', 'latin1'],
  ])('is UTF-8 and no other: %s', (sql, name) => {
    expect(verdict(sql)).toBe(`22023 invalid value for parameter "client_encoding": "${name}"`);
  });

  it.each([
    "SELECT set_config('client_encoding', 'UNICODE', false)",
    "SET NAMES 'utf-8'",
    'RESET client_encoding',
  ])('may be said: %s', (sql) => {
    expect(read(sql)).toEqual([expect.objectContaining({ sql, changed: false })]);
  });

  it('is judged as it is set where its name is computed', () => {
    const sql = "SELECT set_config('client_encoding', $1, false)";
    expect(read(sql)).toEqual([
      expect.objectContaining({ sql: sql.replace('set_config', 'pg_antipode.set_config') }),
    ]);
  });
});
