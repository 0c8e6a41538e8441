import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checklist, type NamedTest } from '../../../bench/ledger/security/checklist.ts';
import { judgeRows, type Report } from '../../../bench/ledger/security/verdicts.ts';

const root = join(import.meta.dirname, '../../..');

/** The share of the words of a name that stand in the source; a test puts in others as it runs. */
const shareIn = (file: string, name: string): number => {
  const source = readFileSync(join(root, file), 'utf8');
  const words = name.split(' ');
  return words.filter((word) => source.includes(word)).length / words.length;
};

describe('the security checklist', () => {
  it('has the rows S1 to S16', () => {
    const ids = Array.from({ length: 16 }, (_, index) => `S${index + 1}`);
    expect(checklist.map(({ id }) => id)).toEqual(ids);
  });

  it.each(checklist)('$id names a test that passes and one that finds a breach', (row) => {
    expect(row.positive).not.toEqual(row.negative);
    for (const [file, name] of [row.positive, row.negative]) {
      expect([file, existsSync(join(root, file))]).toEqual([file, true]);
      expect(shareIn(file, name)).toBeGreaterThan(0.7);
    }
  });
});

describe('the verdict on a row', () => {
  const positive: NamedTest = ['test/a.test.ts', 'keeps it'];
  const negative: NamedTest = ['test/b.test.ts', 'finds it'];
  const row = { id: 'S1', promise: 'it is kept', positive, negative };
  const reportOf = (...tests: readonly (readonly [string, string, string])[]): Report => ({
    testResults: tests.map(([file, fullName, status]) => ({
      name: `/tree/${file}`,
      assertionResults: [{ fullName, status }],
    })),
  });
  const verdict = (report: Report) =>
    judgeRows([row], report).map((one) => [one.positive, one.negative]);

  it('is that both tests have passed', () => {
    const report = reportOf(
      ['test/a.test.ts', 'the rule keeps it', 'passed'],
      ['test/b.test.ts', 'the rule finds it', 'passed'],
    );
    expect(verdict(report)).toEqual([['passed', 'passed']]);
  });

  it('is that a test has failed, was skipped, or has another name', () => {
    const report = reportOf(
      ['test/a.test.ts', 'the rule keeps it', 'failed'],
      ['test/b.test.ts', 'the rule looks at it', 'passed'],
    );
    expect(verdict(report)).toEqual([['failed', 'failed']]);
    const skipped = reportOf(['test/a.test.ts', 'the rule keeps it', 'skipped']);
    expect(verdict(skipped)).toEqual([['failed', 'failed']]);
  });
});
