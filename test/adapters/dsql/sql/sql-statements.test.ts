import { describe, expect, it } from 'vitest';
import { normalized, splitStatements } from '../../../../src/adapters/dsql/sql/sql-statements.ts';

const split = (text: string): readonly string[] =>
  splitStatements(text, 'a.sql').map(({ sql }) => sql);

describe('a text of SQL', () => {
  it('is cut at its semicolons, and what is empty is left out', () => {
    expect(split(' a ;; b\n;\n -- c;\n /* d; */ ; e')).toEqual(['a', 'b', 'e']);
    expect(split('')).toEqual([]);
    expect(split('-- nothing')).toEqual([]);
  });

  it.each([
    ['a constant', "x 'a;b' y"],
    ['a doubled quote', "x 'a'';b' y"],
    ['an escaped quote', String.raw`x E'a\';b' y`],
    ['an escaped quote in lower case', String.raw`x e'\\\';' y`],
    ['the continuation of escapes on the next line', "x E'a'\n  'b\\';c' y"],
    ['the continuation of escapes behind a remark', "x E'a' -- remark\n 'b\\';c' y"],
    ['a backslash that escapes nothing', String.raw`x 'a\' y`],
    ['a name', 'x "a;b" y'],
    ['a name with a quote', 'x "a"";b" y'],
    ['dollars', 'x $$ a;b $$ y'],
    ['dollars with a tag', 'x $t$ a; $$ ; $u$ ; $t$ y'],
    ['a tag of letters beyond ASCII', 'x $ä$ ; $ä$ y'],
    ['a remark', 'x -- a;b\n y'],
    ['a comment', 'x /* a;b */ y'],
    ['a comment in a comment', 'x /* a /* b; */ c; */ y'],
    ['a comment with a quote', "x /* it's; */ y"],
    ['a remark with a quote', "x -- it's;\n y"],
    [
      'a function of its own form',
      'CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE WHEN true THEN 2 END; END',
    ],
    [
      'a procedure that is replaced',
      'create or replace procedure p() begin atomic delete from a; end',
    ],
  ])('keeps the semicolons in %s', (_, sql) => {
    expect(split(`${sql}; z`)).toEqual([sql, 'z']);
  });

  it.each([
    ['a dollar in a name', 'a$b$c; d$b$', ['a$b$c', 'd$b$']],
    ['a parameter', 'a $1; b $1', ['a $1', 'b $1']],
    ['an E that belongs to a word', String.raw`re'a\'; b`, [String.raw`re'a\'`, 'b']],
    [
      'END outside of a function',
      'SELECT CASE WHEN a THEN 1 END; b',
      ['SELECT CASE WHEN a THEN 1 END', 'b'],
    ],
    ['constants that stand side by side', "E'a' 'b\\'; c", ["E'a' 'b\\'", 'c']],
  ])('is not misled by %s', (_, text, statements) => {
    expect(split(text)).toEqual(statements);
  });

  it('tells the line on which each statement begins, whatever ends a line', () => {
    const text = '\n-- one\nSELECT\n1;\r\n\r\n/* two\n */ SELECT 2; SELECT\r3';
    expect(splitStatements(text, 'a.sql').map(({ line }) => line)).toEqual([3, 7, 7]);
  });

  it.each([
    ["SELECT 1;\nSELECT 'a", 'a.sql:2: the quotes that begin here are never closed'],
    ['SELECT "a;', 'a.sql:1: the quotes that begin here are never closed'],
    ['SELECT $x$ a $y$;', 'a.sql:1: the quotes that begin here are never closed'],
    ['\n\n/* a /* b */', 'a.sql:3: the comment that begins here never ends'],
    ['\\i other.sql', "a.sql:1: psql's own commands are no SQL: write statements alone"],
    ['SELECT \0', 'a.sql:1: there is a zero byte, which PostgreSQL does not take'],
  ])('is refused with its line: %j', (text, message) => {
    expect(() => splitStatements(text, 'a.sql')).toThrow(message);
  });
});

describe('a normalized statement', () => {
  it('is the same whatever stands between its parts', () => {
    const plain = "CREATE TABLE a (b text DEFAULT 'x  y')";
    const formatted = "CREATE  TABLE\r\n a (b text -- remark\n DEFAULT /* /* */ */ 'x  y')  ";
    expect(normalized(formatted)).toBe(normalized(plain));
  });

  it.each([
    ["SELECT 'a b'", "SELECT 'a  b'"],
    ['SELECT "a b"', 'SELECT "a  b"'],
    ['SELECT $$a b$$', 'SELECT $$a\nb$$'],
    ['SELECT a', 'SELECT A'],
    ['SELECT ab', 'SELECT a b'],
  ])('is another one where the meaning may be: %j and %j', (one, other) => {
    expect(normalized(one)).not.toBe(normalized(other));
  });
});
