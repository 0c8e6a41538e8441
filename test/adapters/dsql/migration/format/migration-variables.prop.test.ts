import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MigrationStatement } from '../../../../../src/adapters/dsql/migration/format/migration.ts';
import { withVariables } from '../../../../../src/adapters/dsql/migration/format/migration-variables.ts';
import {
  isSignificant,
  type Token,
  tokenize,
} from '../../../../../src/adapters/dsql/sql/sql-lexer.ts';
import { InvalidInput } from '../../../../../src/domain/kernel/index.ts';

const statement = (sql: string): MigrationStatement => ({ sql, parameters: [], place: 'a.sql:1' });

const sent = (sql: string, value: string): string => withVariables(statement(sql), () => value).sql;

describe('a variable that would run into what stands beside it is refused:', () => {
  it.each([
    `SELECT E:'a'`,
    `SELECT e:'a'`,
    `SELECT B:'a'`,
    `SELECT X:'a'`,
    `SELECT N:'a'`,
    `SELECT U&:'a'`,
    `SELECT U&:"a"`,
    `SELECT u&:"a" UESCAPE '!'`,
    `SELECT 'k':'a'`,
    `SELECT 'k'\n:'a'`,
    `SELECT E'k' -- remark\n:'a'`,
    `SELECT E'k'\n\t:'a'`,
    `SELECT :'a'\n'k'`,
    `SELECT :'a' -- remark\n 'k'`,
    `SELECT :'a':'a'`,
    `SELECT :'a'\n:'a'`,
    `SELECT :'a'E'k'`,
    `SELECT "k":"a"`,
    `SELECT k:"a"`,
    `SELECT :"a":"a"`,
    `SELECT $$k$$:'a'`,
    `SELECT 1:'a'`,
    `SELECT $1:'a'`,
    `SELECT date:'a'`,
  ])('%s', (sql) => {
    expect(() => sent(sql, 'x')).toThrow(
      /^a\.sql:1: .*variable a .*: put white space or an operator/,
    );
  });

  it.each([
    [`SELECT :"a".b, (:'a'), x=:'a', [:'a']`, `SELECT "x".b, ('x'), x='x', ['x']`],
    [`SELECT b:::"a"`, `SELECT b::"x"`],
    [`SELECT date :'a'`, `SELECT date 'x'`],
    [`SELECT c & :'a', c &:'a'`, `SELECT c & 'x', c &'x'`],
    [`SELECT 'k' || :'a' || 'k'`, `SELECT 'k' || 'x' || 'k'`],
    [`:'a', 'k'`, `'x', 'k'`],
  ])('but not %s', (sql, result) => {
    expect(sent(sql, 'x')).toBe(result);
  });
});

const piece = fc.constantFrom(
  `:'a'`,
  `:"a"`,
  `:'a'`,
  `:"a"`,
  `'k'`,
  `"k"`,
  `E'k\\''`,
  `U&`,
  `U&'k'`,
  'E',
  'e',
  'B',
  'x',
  'n',
  '$$',
  '$t$',
  '$1',
  '1',
  '::',
  ':',
  ':=',
  '&',
  '.',
  ',',
  '||',
  ' ',
  '\n',
  '-- r\n',
  '--',
  '/* r */',
  '/*',
  "'",
  '"',
  '\\',
  'word',
);

const value = fc.oneof(
  fc.constantFrom("'", '"', '\\', "\\'; DROP TABLE a; --", '*/', '--', '$$', ":'a'", 'é', '\n'),
  fc.string({ minLength: 1, maxLength: 4 }),
);

/** PostgreSQL's own rule: constants go on behind white space with a line's end. */
const joins = (before: Token | undefined, gap: string, after: Token | undefined): boolean =>
  before?.kind === 'text' && after?.kind === 'text' && /[\n\r]/.test(gap);

/** The tokens that a text should have once each variable is one token. */
const expected = (sql: string, given: string): readonly string[] => {
  const tokens = tokenize(sql);
  const result: string[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const [colon, quoted] = tokens.slice(at, at + 2);
    if (
      colon?.kind === 'symbol' &&
      colon.text === ':' &&
      /^(['"])\w+\1$/.test(quoted?.text ?? '')
    ) {
      const quote = quoted?.text.charAt(0) ?? '';
      result.push(`${quote}${given.replaceAll(quote, quote + quote)}${quote}`);
      at += 1;
    } else {
      result.push(colon?.text ?? '');
    }
  }
  return result;
};

describe('a statement with values', () => {
  it('has the tokens that it had, and one in place of each variable', () => {
    let replaced = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 9 }), value, (pieces, given) => {
        const sql = pieces.join('');
        let result: string;
        try {
          result = sent(sql, given);
        } catch (error) {
          if (error instanceof InvalidInput) return;
          throw error;
        }
        const tokens = tokenize(result);
        expect(tokens.map(({ text }) => text)).toEqual(expected(sql, given));
        if (result === sql) return;
        replaced += 1;
        const significant = tokens.filter(isSignificant);
        const own = `'${given.replaceAll("'", "''")}'`;
        for (const [at, token] of significant.entries()) {
          const before = significant[at - 1];
          const gap = result.slice((before?.at ?? 0) + (before?.text.length ?? 0), token.at);
          const isOwn = token.text === own || before?.text === own;
          if (isOwn && !sql.includes(own)) expect(joins(before, gap, token), result).toBe(false);
        }
      }),
      { numRuns: 5_000 },
    );
    expect(replaced).toBeGreaterThan(100);
  });
});
