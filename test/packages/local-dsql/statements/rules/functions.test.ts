import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../../packages/local-dsql/src/statements/index.ts';
import { read, verdict } from '../verdict.ts';

beforeAll(loadGrammar);

const missing = (name: string): string => `0A000 function ${name} not supported`;

describe('a function that needs what DSQL has not', () => {
  it.each([
    ['SELECT pg_advisory_xact_lock(1)', 'pg_advisory_xact_lock'],
    ['SELECT pg_catalog.pg_try_advisory_lock(1)', 'pg_try_advisory_lock'],
    ['SELECT postgres.pg_catalog.pg_advisory_lock(1)', 'pg_advisory_lock'],
    [`SELECT U&"pg\\005fnotify"('a', 'b')`, 'pg_notify'],
    ['SELECT * FROM a WHERE lo_get(id) IS NULL', 'lo_get'],
    ['SELECT loread(1, 1)', 'loread'],
    ["SELECT lo_from_bytea(0, 'a')", 'lo_from_bytea'],
    ["SELECT pg_catalog.lo_import('a')", 'lo_import'],
    ["SELECT lowrite(1, 'a')", 'lowrite'],
    ["INSERT INTO a VALUES (pg_read_file('a'))", 'pg_read_file'],
    ["SELECT * FROM pg_ls_dir('.')", 'pg_ls_dir'],
  ])('is not called: %s', (sql, name) => {
    expect(verdict(sql)).toBe(missing(name));
  });

  it.each([
    'SELECT pg_sleep(0.1)',
    'SELECT txid_current(), pg_current_xact_id()',
    "SELECT setval('s', 1), nextval('s')",
    'SELECT app.pg_notify(1)',
    'SELECT lo_total(1), antipode_helper(1) FROM app.antipode_helper(2)',
    "SELECT dblink('a'), dblink_exec('b', 'c')",
  ])('is none of these: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
  });
});

describe('a text that a function would run as a statement, which nobody has judged,', () => {
  it.each([
    ["SELECT query_to_xml('TRUNCATE a', true, true, '')", 'query_to_xml'],
    ["SELECT query_to_xmlschema($1, true, true, '')", 'query_to_xmlschema'],
    ["SELECT query_to_xml_and_xmlschema($1, true, true, '')", 'query_to_xml_and_xmlschema'],
    ["SELECT cursor_to_xml('c', 1, true, true, '')", 'cursor_to_xml'],
    ["SELECT * FROM ts_stat('SELECT v FROM a')", 'ts_stat'],
    ["SELECT ts_rewrite('a', 'SELECT t, s FROM a')", 'ts_rewrite'],
  ])('is not run: %s', (sql, name) => {
    expect(verdict(sql)).toBe(missing(name));
  });

  it('is another matter where a function takes a table or values', () => {
    expect(verdict("SELECT table_to_xml('a', true, true, '')")).toBe(
      '0A000 datatype xml not supported',
    );
    expect(verdict("SELECT ts_rewrite('a & b', 'a', 'c')")).toBe('ok');
  });

  it.each([
    [
      "SELECT job_id FROM pg_antipode.antipode_create_index('TRUNCATE a', '')",
      'antipode_create_index',
    ],
    ["SELECT antipode_validate_constraint('TRUNCATE a', '')", 'antipode_validate_constraint'],
    [
      "CALL pg_antipode.antipode_alter_table('TRUNCATE a', '', '{}', '{}', '{}')",
      'antipode_alter_table',
    ],
    ["SELECT postgres.pg_antipode.iam_grant('a', 'b')", 'iam_grant'],
  ])('is not run by what carries out others either: %s', (sql, name) => {
    expect(verdict(sql)).toBe(missing(name));
  });

  it('may be a job’s end, for which one waits', () => {
    expect(verdict("CALL sys.wait_for_job('a')")).toBe('ok');
  });
});

describe('the name of a function', () => {
  it('is the user’s to choose, also where a later PostgreSQL has made it a keyword', () => {
    expect(verdict('SELECT json_value(x) FROM a; TRUNCATE a')).toBe(
      'ok; 0A000 unsupported statement: Truncate',
    );
    expect(read('SELECT json_value(x) FROM a')).toEqual([
      expect.objectContaining({ sql: 'SELECT "json_value"(x) FROM a', changed: true }),
    ]);
    const create = 'CREATE FUNCTION f() RETURNS int LANGUAGE sql AS';
    expect(verdict(`${create} 'TRUNCATE a; SELECT json_value(1)'`)).toBe(
      '0A000 unsupported statement: Truncate',
    );
  });

  it('does not change the meaning of what the grammar has', () => {
    const sql = "SELECT json_value(x, '$.a'), 'json_value(x)' FROM a";
    expect(read(sql)).toEqual([expect.objectContaining({ sql, changed: false })]);
  });
});
