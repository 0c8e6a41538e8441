import { describe, expect, it } from 'vitest';
import { listLines } from '../../../../../packages/cli/src/commands/outbox/report.ts';

describe('the last line of a list', () => {
  it.each([
    [{ count: 0, orMore: false }, '0'],
    [{ count: 999, orMore: false }, '999'],
    [{ count: 10_000, orMore: false }, '10,000'],
    [{ count: 10_000, orMore: true }, '10,000+'],
  ])('says how many rows wait and are dead: %j', (bounded, text) => {
    const one = { count: 1, orMore: false };
    const pending = listLines([], { dead: one, pending: bounded, oldestAgeMs: 0 }, 0);
    expect(pending.at(-1)).toBe(`1 dead, ${text} pending`);
    const dead = listLines([], { dead: bounded, pending: one, oldestAgeMs: 0 }, 0);
    expect(dead.at(-1)).toBe(`${text} dead, 1 pending`);
  });
});
