import { expect, it } from 'vitest';
import { loadGrammar, refusalOf } from '../../../local/dsql/statements/index.ts';
import { insertedRowsMin } from '../../../src/adapters/dsql/insert-size.ts';
import { splitStatements } from '../../../src/adapters/dsql/sql-statements.ts';

/** An exponential search hangs at 60 of these, a quadratic one takes minutes. */
const repeats = 200_000;

it.each([
  ['dashes', '-'],
  ['dashes with white space', '-- \t'],
  ['comments in lines of their own', '--\n'],
  ['white space', '\t'],
  ['lines', '\n'],
])('a constant with escapes in front of many %s is cut in time', async (_, text) => {
  await loadGrammar();
  const sql = `SELECT E'a' ${text.repeat(repeats)}`;
  expect(splitStatements(`${sql}\n; SELECT 2`, 'a.sql')).toHaveLength(2);
  expect(refusalOf(`${sql}\n; CREATE INDEX ASYNC i ON a (b)`)).toBeUndefined();
});

it('rows are counted in time', () => {
  const spaces = '\t'.repeat(repeats);
  expect(insertedRowsMin({ sql: `INSERT INTO a${spaces}`, parameters: [] })).toBe(0);
  expect(
    insertedRowsMin({ sql: `${spaces}INSERT INTO a${spaces}VALUES (1)`, parameters: [] }),
  ).toBe(1);
});

it('openings without an end are read in time', () => {
  const tags = Array.from({ length: 20_000 }, (_, at) => `$a${at}$`).join(' ');
  expect(refusalOf(`SELECT async ${tags}`)?.code).toBe('42601');
});
