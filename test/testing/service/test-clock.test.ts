import { expect, it } from 'vitest';
import { testClock } from '../../../src/testing/index.ts';

it('a test clock moves only when somebody sleeps or says so', async () => {
  const clock = testClock(1_000);
  expect([clock.now(), clock.now()]).toEqual([1_000, 1_000]);
  clock.advance(500);
  await clock.sleep(250);
  expect(clock.now()).toBe(1_750);
  expect(clock.slept).toEqual([250]);
});

it('a test clock begins with 2026', () => {
  expect(new Date(testClock().now()).toISOString()).toBe('2026-01-01T00:00:00.000Z');
});
