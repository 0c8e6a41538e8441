import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize as tokenizeEndpoint } from '../../../../packages/local-dsql/src/statements/sql-lexer.ts';
import { isSignificant, tokenize } from '../../../../src/adapters/dsql/sql/sql-lexer.ts';

/**
 * The adapter and the local endpoint have a lexer each: neither package may depend on the other,
 * and a package for one file would have to be published, versioned and installed with both. This
 * test keeps the two from reading the same text differently.
 */

/** A second when nobody else uses the machine. Milliseconds. */
const propertyMsMax = 60_000;

/** Pieces that begin, end or interrupt a quoted part, a comment or a word. */
const pieces = [
  ...["'", "''", '"', '""', "E'", "e'", 'U&"', "U&'", "\\'", '\\', '\\\\'],
  ...['--', '/*', '*/', '/', '*', '-', '$', '$$', '$t$', '$1', '$é$', '::', ':=', ';', ','],
  ...['\n', '\r\n', ' ', '\t', '\f', '\v', '\u00a0', 'a', 'E', 'U', '&', '1', '.', 'é', '😀'],
];

/** PostgreSQL refuses a letter right behind a number, so the two need not agree about it. */
const separateNumbers = (text: string): string =>
  text.replaceAll(/[\d.](?=[\w$\x80-\uffff])/g, '$& ');

const awkward = fc
  .array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 16 })
  .map((parts) => separateNumbers(parts.join('').replaceAll('\0', '')));

const isLineEnd = (text: string): boolean => /[\n\r]/.test(text);

/**
 * The adapter's tokens as the endpoint has them: one character a symbol, a blank as `\n` or a
 * space.
 */
const readByAdapter = (sql: string): readonly string[] =>
  tokenize(sql).flatMap((token) => {
    if (token.kind === 'symbol') return [...token.text.split('')];
    const isBlank = !isSignificant(token) || token.text.startsWith('/*');
    if (!isBlank) return [token.text];
    return [isLineEnd(token.text) ? '\n' : ' '];
  });

/**
 * The endpoint's tokens; it reads `U&"` as the beginning of a name, the adapter as three tokens.
 */
const readByEndpoint = (sql: string): readonly string[] =>
  tokenizeEndpoint(sql).flatMap((text) =>
    /^[uU]&"/.test(text) ? [text.charAt(0), '&', text.slice(2)] : [text],
  );

/** A constant with escapes goes on behind a line's end: only these pieces have a part in it. */
const continuedConstant = fc
  .array(fc.constantFrom("'", "'", '\\', '\n', '\r', ' ', '--', 'a'), { maxLength: 12 })
  .map((parts) => `E'${parts.join('')}`);

describe('the lexers of the adapter and of the local endpoint', () => {
  it(
    'cut a text at the same places',
    () => {
      fc.assert(
        fc.property(fc.oneof(awkward, continuedConstant), (sql) => {
          expect(readByAdapter(sql)).toEqual(readByEndpoint(sql));
        }),
        { numRuns: 3_000 },
      );
    },
    propertyMsMax,
  );
});
