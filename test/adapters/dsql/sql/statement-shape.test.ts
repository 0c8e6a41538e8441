import { describe, expect, it } from 'vitest';
import { shapeOf } from '../../../../src/adapters/dsql/sql/statement-shape.ts';

describe('the shape of a statement', () => {
  it.each([
    ['INSERT INTO a VALUES (1)', 'data'],
    ['-- remark\nupdate a SET b = 1', 'data'],
    ['DELETE FROM a', 'data'],
    ['WITH x AS (SELECT 1) INSERT INTO a SELECT * FROM x', 'data'],
    ["(SELECT setval('s', 1))", 'data'],
    ['CREATE TABLE a (id int)', 'ddl'],
    ['GRANT SELECT ON a TO b', 'ddl'],
    ["AWS IAM GRANT a TO 'arn'", 'ddl'],
  ])('says what may share its transaction: %s', (sql, kind) => {
    expect(shapeOf(sql).kind).toBe(kind);
  });

  it.each([
    ['CREATE INDEX ASYNC i ON s.t (a)', { kind: 'index', schema: 's', table: 't', name: 'i' }],
    [
      'create unique index async if not exists "I ""x" on only "S"."T" (a)',
      { kind: 'index', schema: 'S', table: 'T', name: 'I "x' },
    ],
    [
      'CREATE INDEX /* now */ ASYNC Idx ON t (a)',
      { kind: 'index', schema: undefined, table: 't', name: 'idx' },
    ],
    [
      'ALTER TABLE ASYNC s.t VALIDATE CONSTRAINT c',
      { kind: 'constraint', schema: 's', table: 't', name: 'c' },
    ],
    [
      'ALTER TABLE ASYNC IF EXISTS ONLY t VALIDATE CONSTRAINT "C"',
      { kind: 'constraint', schema: undefined, table: 't', name: 'C' },
    ],
    ['ALTER TABLE t ADD COLUMN async int', undefined],
    ['CREATE TABLE async (id int)', undefined],
  ])('names what is built behind it: %s', (sql, builds) => {
    expect(shapeOf(sql).builds).toEqual(builds);
  });

  it.each([
    ['CREATE TABLE a (id int)', '42P07'],
    ['CREATE ROLE a', '42710'],
    ['CREATE SCHEMA a', '42P06'],
    ['CREATE OR REPLACE FUNCTION f() RETURNS int RETURN 1', '42723'],
    ['ALTER TABLE a ADD COLUMN b int', '42701'],
    ['ALTER TABLE a ADD CONSTRAINT c CHECK (b > 0) NOT VALID', '42710'],
    ['ALTER TABLE a DROP COLUMN b', '42703'],
    ['ALTER TABLE a RENAME COLUMN b TO c', '42703'],
    ['ALTER TABLE a RENAME TO b', '42P01'],
    ['DROP TABLE a', '42P01'],
    ['DROP INDEX a', '42704'],
    ['DROP SCHEMA a', '3F000'],
    ["AWS IAM GRANT a TO 'arn'", '42710'],
    ["AWS IAM REVOKE a FROM 'arn'", '42704'],
  ])('knows what it answers when it has taken effect before: %s', (sql, code) => {
    expect(shapeOf(sql).doneCodes).toContain(code);
  });

  it.each([
    // The table that it needs is not there: nothing was done.
    ['ALTER TABLE a ADD COLUMN b int', '42P01'],
    ['CREATE TABLE a (b c)', '42704'],
    ['CREATE VIEW v AS SELECT * FROM a', '42P01'],
    ['CREATE INDEX ASYNC i ON a (b)', '42703'],
    ['GRANT SELECT ON a TO b', '42704'],
    ['ALTER TABLE a DROP COLUMN b', '42P01'],
    ["COMMENT ON TABLE a IS 'we DROP it'", '42P01'],
  ])('does not take a missing object for a statement that is done: %s', (sql, code) => {
    expect(shapeOf(sql).doneCodes).not.toContain(code);
  });

  it.each([
    ['BEGIN', /commits by itself/],
    ['commit', /commits by itself/],
    ['SAVEPOINT a', /commits by itself/],
    ['SET search_path = a', /does not outlive/],
    ['COPY a FROM STDIN', /write INSERT/],
    ["CALL sys.wait_for_job('x')", /waits for jobs by itself/],
    ['CREATE INDEX ASYNC ON a (b)', /name the index/],
    ['CREATE UNIQUE INDEX ASYNC IF NOT EXISTS ON a (b)', /name the index/],
  ])('refuses a statement that makes no sense in a migration: %s', (sql, problem) => {
    expect(shapeOf(sql).problem).toMatch(problem);
  });

  it('finds nothing wrong with the rest', () => {
    expect(shapeOf('CREATE TABLE begin_set (id int)').problem).toBeUndefined();
    expect(shapeOf("INSERT INTO a VALUES ('COMMIT')").problem).toBeUndefined();
  });
});
