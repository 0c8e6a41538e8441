import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { shrink, simulate } from '../../src/testing/simulation/index.ts';
import { scenario as bankScenario } from './bank/scenario.ts';
import { lateReports } from './planted/duplicates.ts';
import { plantedBugs } from './planted/index.ts';
import { findBug } from './run/find-bug.ts';

/** Seeds that `npm test` plays; `npm run sim` plays more. */
const seeds = [1, 2];

const readText = (path: string): string =>
  readFileSync(join(import.meta.dirname, '../..', path), 'utf8');

const guarantees = readText('docs/guarantees.md');

describe('the simulation of a service in two Regions', () => {
  test.each(seeds)('keeps every promise in seed %i', async (seed) => {
    const { violations, faultCount, answers } = await simulate(bankScenario, { seed });
    expect(violations).toEqual([]);
    expect(faultCount).toBeGreaterThanOrEqual(20);
    expect(answers).toBeGreaterThan(150);
  });

  // In both, the bus loses an event whose mark is lost too: only the relay can publish it again.
  test.each([161, 2053])('lets the relay end its work in seed %i', async (seed) => {
    const { violations } = await simulate(bankScenario, { seed });
    expect(violations).toEqual([]);
  });

  test('plays the same seed twice in the same way', async () => {
    const [one, other] = [
      await simulate(bankScenario, { seed: 7, commandCount: 60, isTold: true }),
      await simulate(bankScenario, { seed: 7, commandCount: 60, isTold: true }),
    ];
    expect(other).toEqual(one);
    const another = await simulate(bankScenario, { seed: 8, commandCount: 60 });
    expect(another.hash).not.toBe(one.hash);
  });

  test('plays without a fault where none may happen', async () => {
    const { violations, faultCount } = await simulate(bankScenario, { seed: 1, faults: [] });
    expect({ violations, faultCount }).toEqual({ violations: [], faultCount: 0 });
  });

  test('refuses the clock and the randomness of the machine while a seed runs', async () => {
    const asking = (ask: () => unknown) => {
      const errors: string[] = [];
      const scenario = {
        ...bankScenario,
        commands: () => [
          { key: 'one', request: { kind: 'deposit', id: 'one', to: 'a', amount: 1 } },
        ],
        check: () => [],
        api: (parts: Parameters<typeof bankScenario.api>[0]) => {
          try {
            ask();
          } catch (error) {
            errors.push(String(error));
          }
          return bankScenario.api(parts);
        },
      };
      return simulate(scenario, { seed: 1, faults: [] }).then(() => errors);
    };
    const asks = [
      () => Date.now(),
      () => new Date(),
      () => Math.random(),
      () => performance.now(),
      () => setTimeout(() => undefined, 1),
      () => crypto.randomUUID(),
    ];
    for (const ask of asks) {
      const [error] = await asking(ask);
      expect(error).toContain('was called');
    }
    expect(Date.now()).toBeGreaterThan(Date.UTC(2026, 1, 1));
  });
});

describe('a planted bug', () => {
  const named = (name: string) => {
    const bug = plantedBugs.find((one) => one.name === name);
    if (!bug) throw new Error(`There is no planted bug ${name}`);
    return bug;
  };

  test('has a name of its own, and there are at least 25', () => {
    expect(new Set(plantedBugs.map(({ name }) => name)).size).toBe(plantedBugs.length);
    expect(plantedBugs.length).toBeGreaterThanOrEqual(25);
    expect(guarantees).toContain(`Each of ${plantedBugs.length} planted bugs`);
  });

  test('plays as many seeds in CI as the guarantees say', () => {
    const script = readText('.ci/run');
    const setTo = (name: string) => Number(new RegExp(`^${name}=(\\d+)`, 'm').exec(script)?.[1]);
    const bank = setTo('simulated_seeds').toLocaleString('en-US');
    const text = guarantees.replaceAll(/\s+/g, ' ');
    expect(text).toContain(`CI plays ${bank} seeds of a bank`);
    expect(text).toContain(`and ${setTo('ledger_seeds')} of the ledger`);
  });

  test.each(['no idempotency key of commands', 'an ordered consumer keeps no order'])(
    'is found: %s',
    async (name) => {
      const { foundBy } = await findBug(bankScenario, named(name));
      expect(foundBy).toBeDefined();
    },
  );

  test('is found by the promise that it breaks, and not because its retries are broken', async () => {
    const report = await findBug(
      bankScenario,
      named('a retry after an unknown outcome has another key'),
    );
    expect(report.oracle).toBe('effect at most once');
  });

  test.each([
    ['the lease of a claim is shorter than a publication', 'duplicates have causes'],
    ['a Region takes over without waiting for the age', 'no takeover before its age'],
    ['a copy from the other Region is copied back', 'a copy for each event'],
  ])('that the inbox hides is found: %s', async (name, promise) => {
    const { oracle } = await findBug(bankScenario, named(name));
    expect(oracle).toBe(promise);
  });

  test('of isolation is found by the cycles of what was read, and by nothing else', async () => {
    const { plant } = named('a unit of work reads a row outside of its snapshot');
    const { violations } = await simulate(bankScenario, { seed: 1, substitutions: plant() });
    expect(new Set(violations.map(({ oracle }) => oracle))).toEqual(
      new Set(['snapshots are isolated']),
    );
  });

  test('about the fence is one only without the fence', async () => {
    const name = 'the fence of a claim is not checked';
    const { foundBy = 0, oracle } = await findBug(bankScenario, named(name));
    expect(oracle).toBe('duplicates have causes');
    const substitutions = lateReports((owner) => owner);
    const fenced = await simulate(bankScenario, { seed: foundBy, substitutions });
    expect(fenced.violations).toEqual([]);
  });

  test('is told by a short story', async () => {
    const bug = named('a conflict at COMMIT is taken for a success');
    const shrunk = await shrink(bankScenario, 1, { plant: bug.plant, commandCount: 60 });
    expect(shrunk?.commands).toBeLessThan(30);
    expect(shrunk?.faults.length).toBeLessThan(4);
    expect(shrunk?.result.violations[0]?.oracle).toBe('effect if told');
    expect(shrunk?.result.story.some((line) => line.includes('is told'))).toBe(true);
  });
});
