import { expect, test } from 'vitest';
import { growthPerRequest } from '../../bench/support/memory-trend.ts';

const mb = 1024 * 1024;

test('finds the bytes that each request leaves', () => {
  const samples = [0, 1_000, 5_000, 20_000].map((requests) => ({
    requests,
    mb: 200 + (requests * 6_000) / mb,
  }));
  expect(growthPerRequest(samples)).toBeCloseTo(6_000);
});

test('is not misled by memory that goes up and down', () => {
  const samples = Array.from({ length: 100 }, (_, at) => ({
    requests: at * 500,
    mb: 280 + (at % 2 === 0 ? 10 : -10),
  }));
  expect(Math.abs(growthPerRequest(samples))).toBeLessThan(50);
});

test.each([[[]], [[{ requests: 1, mb: 1 }]], [Array(3).fill({ requests: 7, mb: 1 })]])(
  'says nothing of samples that tell nothing: %j',
  (samples) => {
    expect(growthPerRequest(samples)).toBeNaN();
  },
);
