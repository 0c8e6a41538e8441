import { expect, test } from 'vitest';
import { simulate } from '../../../src/testing/simulation/index.ts';
import { scenario } from './scenario.ts';

test.each([1])('the ledger keeps every promise in seed %i', async (seed) => {
  const { violations, faultCount, answers } = await simulate(scenario, { seed });
  expect(violations).toEqual([]);
  expect(faultCount).toBeGreaterThanOrEqual(20);
  expect(answers).toBeGreaterThan(150);
});

test('the ledger would be seen to lose money', async () => {
  const { violations } = await simulate(scenario, {
    seed: 1,
    commandCount: 60,
    substitutions: {
      repository: (real) => ({
        ...real,
        save: (transaction, state) => {
          const { accounts = [] } = Object(state);
          return real.save(transaction, { ...Object(state), accounts: accounts.slice(0, 1) });
        },
      }),
    },
  });
  expect(violations.map(({ oracle }) => oracle)).toContain('money is conserved');
});
