import { describe, expect, it } from 'vitest';
import {
  readMigrationScript,
  scriptOf,
} from '../../../../../src/adapters/dsql/migration/format/migration.ts';
import { checkMigrations } from '../../../../../src/adapters/dsql/migration/migrator.ts';

const read = (text: string): readonly string[] =>
  readMigrationScript('0001-a', '0001-a.sql', text).statements.map(
    ({ sql, place }) => `${place} ${sql}`,
  );

describe('a transaction around one statement is taken', () => {
  it.each([
    ['as Prisma of AWS writes it', 'BEGIN;\nCREATE TABLE a (id int);\nCOMMIT;\n'],
    ['in other words', 'START TRANSACTION;\nCREATE TABLE a (id int);\nEND;'],
    ['in more words', 'begin work;\nCREATE TABLE a (id int);\ncommit work;'],
    ['in even more', 'BEGIN TRANSACTION;\nCREATE TABLE a (id int);\nEND TRANSACTION;'],
    [
      'with the modes that DSQL has',
      'BEGIN ISOLATION LEVEL REPEATABLE READ, READ WRITE;\nCREATE TABLE a (id int);\nCOMMIT AND NO CHAIN;',
    ],
    ['with comments', '/* a */ BEGIN; -- b\nCREATE TABLE a (id int); -- c\nCOMMIT'],
  ])('%s', (_, text) => {
    expect(read(text)).toEqual(['0001-a.sql:2 CREATE TABLE a (id int)']);
  });

  it('as often as there is one, and beside statements without any', () => {
    expect(
      read('BEGIN;\nSELECT 1;\nCOMMIT;\nSELECT 2;\nBEGIN;\nCOMMIT;\nBEGIN;\nSELECT 3;\nCOMMIT;'),
    ).toEqual(['0001-a.sql:2 SELECT 1', '0001-a.sql:4 SELECT 2', '0001-a.sql:8 SELECT 3']);
  });

  it('in a list of migrations, too', () => {
    const { statements } = scriptOf({ id: 'a', ddl: 'BEGIN; SELECT 1; COMMIT;' });
    expect(statements).toEqual([{ sql: 'SELECT 1', parameters: [], place: 'a' }]);
  });
});

describe('a transaction is refused with file, line and remedy', () => {
  it.each([
    [
      'around two statements',
      'BEGIN;\nCREATE TABLE a (id int);\nCREATE TABLE b (id int);\nCOMMIT;',
      /^0001-a\.sql:3: .*each statement of a migration commits by itself: write COMMIT; BEGIN; before it, or remove both$/,
    ],
    [
      'that never ends',
      'SELECT 1;\nBEGIN;\nSELECT 2;',
      /^0001-a\.sql:2: .*no COMMIT: .*remove it$/,
    ],
    [
      'that is begun twice',
      'BEGIN;\nSELECT 1;\nBEGIN;\nSELECT 2;\nCOMMIT',
      /^0001-a\.sql:3: .*: remove this one$/,
    ],
    ['that was not begun', 'SELECT 1;\nCOMMIT;', /^0001-a\.sql:2: .*: remove this one$/],
    ['that is rolled back', 'BEGIN;\nSELECT 1;\nROLLBACK;', /^0001-a\.sql:3: .*: remove/],
    ['that is aborted', 'BEGIN;\nSELECT 1;\nABORT;', /^0001-a\.sql:3: .*: remove/],
    [
      'with a point to go back to',
      'BEGIN;\nSAVEPOINT a;\nCOMMIT;',
      /^0001-a\.sql:2: .*: remove this one$/,
    ],
    [
      'that begins the next',
      'BEGIN;\nSELECT 1;\nCOMMIT AND CHAIN;',
      /^0001-a\.sql:3: .*: remove this one$/,
    ],
    [
      'that may only read',
      'BEGIN READ ONLY;\nSELECT 1;\nCOMMIT',
      /^0001-a\.sql:1: .*: write BEGIN alone$/,
    ],
    [
      'of another isolation level',
      'BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 1;\nCOMMIT',
      /^0001-a\.sql:1: .*: write BEGIN alone$/,
    ],
    ['with nothing in it', 'BEGIN;\nCOMMIT;', /^0001-a\.sql has no statement/],
  ])('%s', (_, text, message) => {
    const migrations = () => [readMigrationScript('0001-a', '0001-a.sql', text)];
    expect(() => checkMigrations({ schema: 's', migrations: migrations() })).toThrow(message);
  });

  it('but what belongs to the body of a function stays there', () => {
    const sql = 'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END';
    expect(read(`BEGIN;\n${sql};\nCOMMIT;`)).toEqual([`0001-a.sql:2 ${sql}`]);
  });
});
