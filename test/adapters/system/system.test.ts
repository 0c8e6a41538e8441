import { describe, expect, it } from 'vitest';
import { systemClock, systemIds, systemRandom } from '../../../src/adapters/system/index.ts';

describe('the system', () => {
  it('tells the milliseconds since the epoch, and sleeps as long as it is told', async () => {
    const before = Date.now();
    const told = systemClock.now();
    expect(told).toBeGreaterThanOrEqual(before);
    expect(told).toBeLessThanOrEqual(Date.now());
    expect(await systemClock.sleep(30)).toBeUndefined();
    // A timer counts from the start of its turn, which a clock has left behind.
    expect(systemClock.now() - told).toBeGreaterThanOrEqual(28);
  });

  it('draws numbers from 0 to 1, and not one for all', () => {
    const drawn = Array.from({ length: 1_000 }, systemRandom.next);
    expect(drawn.every((one) => one >= 0 && one < 1)).toBe(true);
    expect(new Set(drawn).size).toBeGreaterThan(900);
  });

  it('makes random UUIDs, which share no range of keys', () => {
    const made = Array.from({ length: 100 }, systemIds.uuid);
    for (const id of made) {
      expect(id).toMatch(/^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
    }
    expect(new Set(made.map((id) => id.slice(0, 8))).size).toBe(100);
  });
});
