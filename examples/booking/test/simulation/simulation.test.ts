import { simulate, simulateSeeds } from 'antipode/simulation';
import { expect, it } from 'vitest';
import { scenario } from './scenario.ts';

/** A seed takes about a tenth of a second, and several times as long on a busy machine. */
const timeoutMs = 120_000;

it(
  'keeps every promise in two Regions, with faults at any moment',
  async () => {
    const { faultCount } = await simulateSeeds(scenario, { seeds: 5 });
    expect(faultCount).toBeGreaterThan(100);
  },
  timeoutMs,
);

it.each([
  ['shows', 'no seat is sold twice'],
  ['occupancy', 'occupancy equals seats'],
  ['notices', 'every reservation is noticed'],
])(
  'would be seen to lose rows of %s',
  async (lost, promise) => {
    const { violations } = await simulate(scenario, {
      ...{ seed: 1, commandCount: 60 },
      substitutions: {
        repository: (real) => ({
          ...real,
          save: (transaction, state) => {
            const put: typeof transaction.put = (table, ...row) => {
              if (table !== lost) transaction.put(table, ...row);
            };
            return real.save({ ...transaction, put }, state);
          },
        }),
      },
    });
    expect(violations.map(({ oracle }) => oracle)).toContain(promise);
  },
  timeoutMs,
);
