import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar } from '../../../../local/dsql/statements/index.ts';
import { read, verdict } from './verdict.ts';

beforeAll(loadGrammar);

describe('a session', () => {
  it.each([
    'RESET statement_timeout',
    'RESET ALL',
    'RESET SESSION AUTHORIZATION',
    'SET SESSION AUTHORIZATION DEFAULT',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ',
    'DEALLOCATE ALL',
    'DEALLOCATE PREPARE ALL',
  ])('gives back what it has: %s', (sql) => {
    expect(verdict(sql)).toBe('ok');
    expect(read(sql)?.[0]?.kind).toBe('session');
  });

  it.each([
    [
      'SET SESSION AUTHORIZATION app',
      'setting configuration parameter "session_authorization" not supported',
    ],
    [
      'SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE',
      'Unsupported isolation level: SERIALIZABLE',
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

describe('a parameter whose name is computed', () => {
  it.each([
    ['SELECT set_config($1, $2, false)', 'SELECT sys.set_config($1, $2, false)'],
    [
      `SELECT Pg_Catalog . "set_config" (name, '', true), 'set_config(' FROM a`,
      `SELECT sys . "set_config" (name, '', true), 'set_config(' FROM a`,
    ],
  ])('is judged as it is set: %s', (sql, judged) => {
    expect(read(sql)).toEqual([expect.objectContaining({ sql: judged, changed: true })]);
  });

  it('is nobody’s business where a function of the user’s sets it', () => {
    const sql = 'SELECT app.set_config($1, set_config) FROM a';
    expect(read(sql)).toEqual([expect.objectContaining({ sql, changed: false })]);
  });
});
