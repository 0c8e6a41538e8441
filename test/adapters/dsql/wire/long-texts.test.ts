import { describe, expect, it } from 'vitest';
import {
  createStatementReader,
  loadGrammar,
  refusalOf,
} from '../../../../packages/local-dsql/src/statements/index.ts';
import {
  checksumOf,
  readMigrationScript,
} from '../../../../src/adapters/dsql/migration/format/migration.ts';
import { splitStatements } from '../../../../src/adapters/dsql/sql/sql-statements.ts';
import { insertedRowsMin } from '../../../../src/adapters/dsql/transaction/insert-size.ts';

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

describe('the local DSQL reads in time', () => {
  it.each<[string, string, string | undefined]>([
    ['comments behind each other', `SELECT 1 ${'/**/'.repeat(50_000)}`, undefined],
    ['comments in each other', `SELECT 1 ${'/*'.repeat(50_000)}${'*/'.repeat(50_000)}`, undefined],
    ['comments that never end', `SELECT 1 ${'/*'.repeat(50_000)}`, '42601'],
    ['signs behind each other', `SELECT ${'+'.repeat(50_000)}1`, '54001'],
    ['signs between words', `SELECT 1${' + 1'.repeat(1_000)}`, undefined],
    ['signs in a text', `SELECT '${'+'.repeat(50_000)}'`, undefined],
    ['a line of dashes', `SELECT 1 ${'-'.repeat(50_000)}`, undefined],
  ])('%s', async (_, sql, code) => {
    await loadGrammar();
    expect(refusalOf(sql)?.code).toBe(code);
    const [statement, ...others] = createStatementReader()(sql);
    expect(others).toEqual([]);
    // Nothing runs of a text that PostgreSQL would refuse.
    expect(statement?.refusal?.code).toBe(code);
  });
});

it('a line with many comments is looked through for markers in time', () => {
  const text = `${' '.repeat(repeats)}${'/**/'.repeat(repeats)}SELECT 1`;
  expect(readMigrationScript('a', 'a.sql', text).statements).toHaveLength(1);
});

it('the checksum of a long statement is made in time', () => {
  const sql = `SELECT ${'"a" + b + '.repeat(40_000)}1`;
  expect(checksumOf({ sql, parameters: [] })).toHaveLength(64);
});
