import { beforeAll, describe, expect, it } from 'vitest';
import { loadGrammar, refusalOf } from '../../../../packages/local-dsql/src/statements/index.ts';

beforeAll(loadGrammar);

describe('without a database', () => {
  it.each([
    ['CREATE TABLE a (id serial)', '42704', 'type "serial" does not exist'],
    ['CREATE INDEX i ON a (b)', '0A000', 'unsupported mode. please use CREATE INDEX ASYNC.'],
    ['CREATE INDEX ASYNC i ON a (b DESC)', '0A000', 'specifying sort order not supported'],
    ['TRUNCATE a', '0A000', 'unsupported statement: Truncate'],
    ['CREATE TABEL a (id int)', '42601', 'syntax error at or near "TABEL"'],
    ['CREATE INDEX ASYNC i ON a b', '42601', 'syntax error at or near "b"'],
    ['ALTER TABLE ASYNC a VALIDATE', '42601', 'syntax error at end of input'],
    ["AWS IAM GRANT a 'arn'", '42601', 'syntax error at or near "AWS"'],
  ])('it is known that DSQL refuses %s', (sql, code, message) => {
    expect(refusalOf(sql)).toMatchObject({ code, message: expect.stringContaining(message) });
  });

  it.each([
    'CREATE TABLE a (id int PRIMARY KEY)',
    'CREATE UNIQUE INDEX ASYNC IF NOT EXISTS i ON a (b) WHERE c > 0',
    'ALTER TABLE ASYNC a VALIDATE CONSTRAINT c',
    "AWS IAM GRANT a TO 'arn:aws:iam::000000000000:role/a'",
    "INSERT INTO async VALUES ('iam; async')",
  ])('nothing is said against %s', (sql) => {
    expect(refusalOf(sql)).toBeUndefined();
  });
});
