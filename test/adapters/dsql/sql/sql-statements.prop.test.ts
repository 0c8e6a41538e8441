import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  createStatementReader,
  loadGrammar,
} from '../../../../packages/local-dsql/src/statements/index.ts';
import { tokenize } from '../../../../src/adapters/dsql/sql/sql-lexer.ts';
import { normalized, splitStatements } from '../../../../src/adapters/dsql/sql/sql-statements.ts';

/** A second when nobody else uses the machine. Milliseconds. */
const propertyMsMax = 60_000;

/** Text that is likely to mislead a lexer. */
const awkward = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "'",
        '"',
        ';',
        '--',
        '/*',
        '*/',
        '$',
        '$$',
        '$t$',
        '\\',
        '\n',
        '\r\n',
        ' ',
        'E',
        'a',
        '1',
        'é',
        '😀',
      ),
      fc.string({ maxLength: 3 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join('').replaceAll('\0', ''));

const without = (pattern: RegExp) => (text: string) => text.replaceAll(pattern, '');

/** A whole token each, whatever is in it. */
const constant = awkward.map((text) => `'${text.replaceAll("'", "''")}'`);
const escaped = awkward.map((text) => `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`);
const name = awkward.map((text) => `"${text.replaceAll('"', '""')}"`);
const dollars = awkward.map(without(/\$/g)).map((text) => `$q$${text}$q$`);
const comment = awkward.map(without(/[*/]/g)).map((text) => `/*${text}/*${text}*/*/`);
const remark = awkward.map(without(/[\n\r]/g)).map((text) => `--${text}\n`);
const word = fc.constantFrom('SELECT', 'x', '1', '(', ')', ',', '::', '=', '$1', 'été');

const significant = fc.oneof(constant, escaped, name, dollars, word);
const between = fc.oneof(fc.constantFrom(' ', '\n', '\t', '  '), comment, remark);

/**
 * A statement begins and ends with what counts, and anything that does not count is between its
 * parts. A comma is there too: a constant on the line after another one continues it.
 */
const statement = fc
  .tuple(word, fc.array(fc.tuple(between, significant), { maxLength: 6 }))
  .map(([first, rest]) => [first, ...rest.map(([gap, part]) => `${gap}, ${part}`)].join(''));

describe('the lexer', () => {
  it(
    'loses nothing: its tokens are the text again',
    () => {
      fc.assert(
        fc.property(awkward, (text) => {
          expect(
            tokenize(text)
              .map((token) => token.text)
              .join(''),
          ).toBe(text);
        }),
        { numRuns: 500 },
      );
    },
    propertyMsMax,
  );
});

/** A text that PostgreSQL's own grammar reads. */
const query = fc
  .array(
    fc.tuple(
      between,
      fc.oneof(constant, escaped, dollars, fc.constantFrom('1', '$1', 'été', 'a$b$')),
    ),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((values) => `SELECT ${values.map(([gap, value]) => `${value} ${gap}`).join(',')}`);

describe('the splitter', () => {
  beforeAll(loadGrammar);

  it(
    "cuts where PostgreSQL's own grammar does",
    () => {
      const read = createStatementReader();
      fc.assert(
        fc.property(fc.array(fc.tuple(between, query), { minLength: 1, maxLength: 4 }), (parts) => {
          const text = parts.map(([gap, sql]) => `${gap}${sql}\n;`).join('');
          const theirs = read(text)?.map(({ sql }) => normalized(sql));
          expect(splitStatements(text, 'a.sql').map(({ sql }) => normalized(sql))).toEqual(theirs);
          expect(theirs).toHaveLength(parts.length);
        }),
        { numRuns: 150 },
      );
    },
    propertyMsMax,
  );

  it(
    'finds the statements again that were joined, with the lines on which they begin',
    () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(between, statement), { maxLength: 5 }), (parts) => {
          let text = '';
          const expected = parts.map(([gap, sql]) => {
            text += gap;
            const line = text.split(/\r\n|\n|\r/).length;
            text += `${sql}\n;`;
            return { sql, line };
          });
          expect(splitStatements(text, 'a.sql')).toEqual(expected);
        }),
        { numRuns: 500 },
      );
    },
    propertyMsMax,
  );

  it(
    'is done with a statement that has been split before, and with one that is normalized',
    () => {
      fc.assert(
        fc.property(statement, (sql) => {
          expect(splitStatements(sql, 'a.sql').map((one) => one.sql)).toEqual([sql]);
          expect(normalized(normalized(sql))).toBe(normalized(sql));
          expect(splitStatements(normalized(sql), 'a.sql')).toHaveLength(1);
        }),
      );
    },
    propertyMsMax,
  );
});
