import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import {
  Conflict,
  createRetrier,
  isRetryable,
  OutcomeUnknown,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { nextWindowMs, retryDelayMs } from '../../../../src/domain/kernel/work/retry.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const windowMs = fc.double({ min: 1, max: 10_000, noNaN: true });

/** The upper end of the range that a wait is drawn from. */
const longestMs = (retry: number, window: number): number =>
  Math.min(20_000, window * Math.min(11, 2 ** retry));

describe('the wait before another attempt', () => {
  it('lies between nothing and the doubled window: eleven windows and twenty seconds at most', () => {
    fc.assert(
      fc.property(fc.nat(2_000), windowMs, unit, (retry, window, next) => {
        const delayMs = retryDelayMs(retry, window, always(next));
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(longestMs(retry, window));
      }),
    );
  });

  it('uses the whole range', () => {
    fc.assert(
      fc.property(fc.nat(2_000), windowMs, (retry, window) => {
        expect(retryDelayMs(retry, window, always(0))).toBe(0);
        const longest = retryDelayMs(retry, window, always(1 - 2 ** -53));
        expect(longest).toBeCloseTo(longestMs(retry, window), 6);
      }),
    );
  });

  it('scales with the window', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.double({ min: 1, max: 600, noNaN: true }),
        unit,
        (retry, window, next) => {
          const delayMs = retryDelayMs(retry, window, always(next));
          expect(retryDelayMs(retry, 2 * window, always(next))).toBeCloseTo(2 * delayMs, 6);
        },
      ),
    );
  });
});

describe('the window', () => {
  it('stays between its last value and the measurement', () => {
    fc.assert(
      fc.property(windowMs, fc.nat(100_000), (window, measured) => {
        const next = nextWindowMs(window, measured);
        expect(next).toBeGreaterThanOrEqual(Math.max(1, Math.min(window, measured)) - 1e-9);
        expect(next).toBeLessThanOrEqual(Math.max(window, measured, 1) + 1e-9);
      }),
    );
  });
});

describe('a retrier', () => {
  const fault = fc.constantFrom(new Conflict('a'), new Unavailable('b'), new OutcomeUnknown('c'));
  const attempts = fc.infiniteStream(fc.tuple(fault, fc.nat(300)));

  it('starts no attempt after the deadline and never sleeps beyond it', async () => {
    await fc.assert(
      fc.asyncProperty(attempts, unit, fc.nat(5_000), async (stream, next, roomMs) => {
        const clock = manualClock();
        const retrier = createRetrier({
          clock,
          random: always(next),
          metrics: createMemoryMetrics(),
        });
        const deadline = clock.now() + roomMs;
        const startedAt: number[] = [];
        const run = retrier.run(async () => {
          startedAt.push(clock.now());
          const [thrown, lastsMs] = stream.next().value as [Error, number];
          // An attempt takes some time, or a clock that stands still would let it run for ever.
          clock.advance(lastsMs + 1);
          throw thrown;
        }, deadline);
        await expect(run).rejects.toSatisfy(isRetryable);
        for (const start of startedAt.slice(1)) expect(start).toBeLessThanOrEqual(deadline);
      }),
    );
  });
});
