import { expect, test } from 'vitest';
import { simulate } from '../../../src/testing/simulation/index.ts';
import { scenario } from './scenario.ts';

test('the booking example keeps every promise in a seed', async () => {
  const { violations, faultCount, answers } = await simulate(scenario, { seed: 1 });
  expect(violations).toEqual([]);
  expect(faultCount).toBeGreaterThanOrEqual(20);
  expect(answers).toBeGreaterThan(150);
});

test.each([
  ['shows', 'no seat is sold twice'],
  ['occupancy', 'occupancy equals seats'],
  ['notices', 'every reservation is noticed'],
])('the booking example would be seen to lose rows of %s', async (table, promise) => {
  const { violations } = await simulate(scenario, {
    ...{ seed: 1, commandCount: 60 },
    substitutions: {
      repository: (real) => ({
        ...real,
        save: (transaction, state) =>
          real.save(
            { ...transaction, put: (to, ...row) => to !== table && transaction.put(to, ...row) },
            state,
          ),
      }),
    },
  });
  expect(violations.map(({ oracle }) => oracle)).toContain(promise);
});
