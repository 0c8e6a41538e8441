import { describe, expect, it } from 'vitest';
import {
  checksumOf,
  readMigrationScript,
  scriptOf,
} from '../../../../../src/adapters/dsql/migration/format/migration.ts';
import {
  variablesOf,
  withVariables,
} from '../../../../../src/adapters/dsql/migration/format/migration-variables.ts';

const one = (sql: string, parameters: readonly unknown[] = []) => ({
  sql,
  parameters,
  place: 'a.sql:1',
});

describe('a script', () => {
  it('knows the file and the line of each statement', () => {
    const script = readMigrationScript('0001-a', '0001-a.sql', '-- first\nSELECT 1;\n\nSELECT 2;');
    expect(script.statements.map(({ place }) => place)).toEqual(['0001-a.sql:2', '0001-a.sql:4']);
  });

  it('is refused without a statement', () => {
    expect(() => readMigrationScript('a', 'a.sql', '-- later\n')).toThrow(
      'a.sql has no statement: write one, or remove it',
    );
  });

  it('is made of an entry of a list, which is its own place', () => {
    expect(scriptOf({ id: 'a', ddl: 'SELECT 1' }).statements).toEqual([
      { sql: 'SELECT 1', parameters: [], place: 'a' },
    ]);
    const { statements } = scriptOf({ id: 'a', ddl: 'SELECT 1;\nSELECT 2' });
    expect(statements.map(({ place }) => place)).toEqual(['a:1', 'a:2']);
  });
});

describe('a checksum', () => {
  it('stays when a formatter or a remark changes the text', () => {
    expect(checksumOf(one('SELECT  1 -- one\n + 2'))).toBe(checksumOf(one('SELECT 1\r\n+ 2')));
  });

  it('changes with the statement and with its parameters', () => {
    const sums = [
      checksumOf(one('SELECT $1')),
      checksumOf(one('SELECT $2')),
      checksumOf(one('SELECT $1', ['a'])),
      checksumOf(one('SELECT $1', ['b'])),
      checksumOf(one('SELECT $1', [1n])),
    ];
    expect(new Set(sums).size).toBe(sums.length);
  });

  it('stays whatever value a variable has', () => {
    const statement = one("GRANT :'a'");
    const sent = withVariables(statement, () => 'x');
    expect(sent.sql).toBe("GRANT 'x'");
    expect(checksumOf(statement)).not.toBe(checksumOf(sent));
  });
});

describe('a variable', () => {
  const values = (name: string) =>
    ({ arn: "arn:aws:iam::1:role/o'k", role: 'a"b', back: 'a\\', empty: '' })[name];
  const sent = (sql: string) => withVariables(one(sql), values).sql;

  it('becomes a constant or an identifier, and can never be more than that', () => {
    expect(sent(`AWS IAM GRANT :"role" TO :'arn'`)).toBe(
      `AWS IAM GRANT "a""b" TO 'arn:aws:iam::1:role/o''k'`,
    );
    expect(sent(`SELECT :'back'`)).toBe(`SELECT 'a\\'`);
  });

  it.each([
    "SELECT ':arn', $$ :'arn' $$",
    "SELECT 1 -- :'arn'",
    `SELECT ':''arn'''`,
    'SELECT x::"role"',
    "SELECT a[1:2], b := 'arn'",
    "SELECT : 'arn'",
  ])('is not looked for in %s', (sql) => {
    expect(sent(sql)).toBe(sql);
    expect(variablesOf(one(sql))).toEqual([]);
  });

  it('is refused without a value, in one line that says where and what to do', () => {
    for (const name of ['other', 'empty']) {
      expect(() => sent(`SELECT :'${name}'`)).toThrow(
        `a.sql:1: the variable ${name} has no value: give --set ${name}=VALUE, or set ${name.toUpperCase()}`,
      );
    }
  });

  it('is listed once for each statement', () => {
    expect(variablesOf(one(`SELECT :'a', :"b", :'a'`))).toEqual(['a', 'b']);
  });
});
