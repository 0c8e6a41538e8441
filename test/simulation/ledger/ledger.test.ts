import { expect, test } from 'vitest';
import { type Substitutions, simulate } from '../../../src/testing/simulation/index.ts';
import { scenario } from './scenario.ts';

test.each([1])('the ledger keeps every promise in seed %i', async (seed) => {
  const { violations, faultCount, answers } = await simulate(scenario, { seed });
  expect(violations).toEqual([]);
  expect(faultCount).toBeGreaterThanOrEqual(20);
  expect(answers).toBeGreaterThan(150);
});

/** Loses what a repository saves where `isLost` says so. */
const losing = (isLost: (table: string) => boolean): Substitutions => ({
  repository: (real) => ({
    ...real,
    save: (transaction, state) => {
      const put: typeof transaction.put = (table, ...row) => {
        if (!isLost(table)) transaction.put(table, ...row);
      };
      return real.save({ ...transaction, put }, state);
    },
  }),
});

/** Without a fault nothing is saved again, so one loss is the loss of one effect. */
const played = async (substitutions: Substitutions): Promise<readonly string[]> => {
  const options = { seed: 1, commandCount: 60, faults: [] };
  const { violations } = await simulate(scenario, { ...options, substitutions });
  return violations.map(({ oracle }) => oracle);
};

/** A write in the middle of a seed of so few commands. */
const middle = 20;

test.each([
  ['accounts', 'a balance is the sum of its postings'],
  ['transactions', 'every command is posted'],
  ['totals', 'totals equal transactions'],
  ['arrivals', 'every event crosses'],
])('the ledger would be seen to lose one row of %s', async (lost, promise) => {
  let count = 0;
  const isLost = (table: string): boolean => {
    if (table === lost) count += 1;
    return table === lost && count === middle;
  };
  expect(await played(losing(isLost))).toContain(promise);
});

test('the ledger would be seen to lose both postings of one transfer', async () => {
  let transfers = 0;
  const broken = await played({
    repository: (real) => ({
      ...real,
      save: (transaction, state) => {
        const { accounts = [], ...rest } = Object(state);
        if (accounts.length === 2) transfers += 1;
        const isLost = accounts.length === 2 && transfers === 3;
        return real.save(transaction, isLost ? { ...rest, accounts: [] } : state);
      },
    }),
  });
  expect(broken).toContain('a balance is the sum of its postings');
  expect(broken).not.toContain('money is conserved');
});

test('the ledger would be seen to lose a whole transaction', async () => {
  let count = 0;
  const broken = await played({
    repository: (real) => ({
      ...real,
      save: (transaction, state) => {
        if ('transactions' in Object(state)) count += 1;
        const isLost = 'transactions' in Object(state) && count === middle;
        return isLost ? undefined : real.save(transaction, state);
      },
    }),
  });
  expect(broken).toContain('every command is posted');
});
