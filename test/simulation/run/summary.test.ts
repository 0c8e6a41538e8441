import { describe, expect, test } from 'vitest';
import type { SeedReport } from './plan.ts';
import { createSummary, progressLine, tellsProgress } from './summary.ts';

const report: SeedReport = {
  ...{ seed: 1, violations: [], hash: 7, turns: 9_000, commands: 200, commits: 600, events: 290 },
  ...{ answers: 204, faultCount: 23, virtualMs: 1_800_000 },
  faults: [
    ['crash', 3],
    ['event lost', 20],
  ],
};

const violation = { oracle: 'effect at most once', message: 'a key has two effects' };

describe('the summary of simulated seeds', () => {
  test('adds up the seeds of a run', () => {
    const summary = createSummary();
    summary.add(report);
    summary.add({
      ...{ ...report, seed: 2, commands: 210, faultCount: 25, violations: [violation] },
      faults: [
        ['crash', 4],
        ['event lost', 20],
        ['event late', 1],
      ],
    });
    expect(summary.lines(4)).toEqual([
      '2 seeds in 4.0 s (0.5 seeds/s): 410 commands (at least 200 a seed), 408 answers, 18000 turns, 1200 commits, 580 events, 1 virtual hours',
      '48 faults of 3 kinds (at least 23 a seed): event lost 40, crash 7, event late 1',
      '1 of 2 seeds break a promise',
    ]);
  });

  test('takes as many seeds as a night has', () => {
    const summary = createSummary();
    for (let seed = 1; seed <= 300_000; seed += 1) summary.add(report);
    expect(summary.lines(9_000)[0]).toMatch(/^300000 seeds in 9000\.0 s \(33\.3 seeds\/s\)/);
  });

  test.each([
    [500, 10_000, true],
    [501, 10_000, false],
    [10_000, 10_000, false],
    [500, 1_000_000, false],
    [10_000, 1_000_000, true],
  ])('after %i of %i seeds, says how far it is: %s', (played, count, tells) => {
    expect(tellsProgress(played, count)).toBe(tells);
  });

  test('says how long a run still takes', () => {
    const sofar = { seeds: () => 500, broken: () => 0 };
    expect(progressLine(sofar, 2_000, 40)).toBe(
      '500 of 2000 seeds are played (12.5 seeds/s, 2 min left): 0 break a promise',
    );
  });
});
