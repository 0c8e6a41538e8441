import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { relayDelayMs } from '../../../../src/domain/kernel/outbox/relay.ts';
import { always } from '../../../support/runtime-ports.ts';

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("the relay's wait after a failed attempt", () => {
  it('is a whole number up to the doubled second, an hour at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59 }), unit, (attempts, next) => {
        const delayMs = relayDelayMs(attempts, always(next));
        expect(Number.isInteger(delayMs)).toBe(true);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(3_600_000, 1_000 * 2 ** (attempts - 1)));
      }),
    );
  });

  it('adds up to a day on average', () => {
    const waits = Array.from({ length: 59 }, (_, index) => relayDelayMs(index + 1, always(0.5)));
    const dayMs = 24 * 3_600_000;
    const totalMs = waits.reduce<number>((sum, waitMs) => sum + (waitMs ?? 0), 0);
    expect(totalMs).toBeGreaterThan(dayMs);
    expect(totalMs).toBeLessThan(1.1 * dayMs);
  });

  it('ends with the sixtieth attempt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60, max: 10_000 }), unit, (attempts, next) => {
        expect(relayDelayMs(attempts, always(next))).toBeUndefined();
      }),
    );
  });
});
