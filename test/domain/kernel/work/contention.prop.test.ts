import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contend, windowMs } from '../../../support/contention.ts';
import { always } from '../../../support/runtime-ports.ts';

const hotRow = { clients: 32, rows: 1, seconds: 20, deadlineMs: 10_000 };

/**
 * Two windows on one row cannot both commit when they overlap: so many commits a second it can take
 * at most.
 */
const ceiling = 1_000 / windowMs;

/**
 * Two minutes of simulated time are a second's work of one core, which others may be using.
 * Milliseconds.
 */
const patienceMs = 60_000;

const seed = fc.integer({ min: 1, max: 2 ** 31 });

describe('the retrier under contention, simulated', { timeout: patienceMs }, () => {
  it('keeps one row of 32 clients busy and fair, without giving up, at seven attempts a commit', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (seed) => {
        const result = await contend({ ...hotRow, seed });
        expect(result.commitsPerSecond).toBeGreaterThanOrEqual(0.8 * ceiling);
        expect(result.attemptsPerCommit).toBeLessThanOrEqual(7);
        expect(result.fairness).toBeGreaterThanOrEqual(0.9);
        expect(result.givenUp).toBe(0);
      }),
      { numRuns: 5 },
    );
  });

  it('hardly waits where a hundred clients share a hundred rows', async () => {
    await fc.assert(
      fc.asyncProperty(seed, async (seed) => {
        const result = await contend({ ...hotRow, clients: 100, rows: 100, seconds: 5, seed });
        expect(result.attemptsPerCommit).toBeLessThanOrEqual(2);
        expect(result.givenUp).toBe(0);
        expect(result.p99Ms).toBeLessThanOrEqual(300);
      }),
      { numRuns: 3 },
    );
  });

  it('costs one client alone nothing', async () => {
    const result = await contend({ ...hotRow, clients: 1, seed: 1 });
    // The attempt that the end of the simulation cuts off has no commit.
    expect(result.attemptsPerCommit).toBeLessThan(1.01);
  });

  it('would run three times as often if it ran again at once', async () => {
    const jitter = always(0);
    const result = await contend({ ...hotRow, seed: 1, jitter });
    expect(result.attemptsPerCommit).toBeGreaterThan(20);
  });
});
