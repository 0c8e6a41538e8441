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

const row = {
  ...{ id: 'r-1', origin: 'us-east-1', occurredAt: 0, attempts: 0 },
  envelope: '{"type":"PaymentDue","subject":"s"}',
  ...{ publishedAt: undefined, deadAt: undefined, lastError: undefined },
};
const status = {
  dead: { count: 0, orMore: false },
  pending: { count: 1, orMore: false },
} as Parameters<typeof listLines>[1];

const lineOf = (changes: object) =>
  listLines([{ ...row, dueAt: 60_000, ...changes } as never], status, 60_000)[0];

describe('a row in the list of an outbox', () => {
  it('says when a timeout will be due', () => {
    expect(lineOf({ dueAt: 60_000 + 30 * 60_000 })).toBe(
      'r-1  pending  PaymentDue  us-east-1  60 s  due in 30 min  0 attempts',
    );
  });

  it.each([
    ['is due', { dueAt: 60_000 }],
    ['is dead', { dueAt: 90_000, deadAt: 1 }],
    ['is published', { dueAt: 90_000, publishedAt: 1 }],
  ])('says nothing of that where it %s', (_, changes) => {
    expect(lineOf(changes)).not.toContain('due in');
  });
});
