import { expect, test } from 'vitest';
import { type Scenario, simulate } from '../../src/testing/simulation/index.ts';
import { loadScenario, scenarioNames } from './run/scenarios.ts';

/** Seeds that are played twice, of each scenario in turn. */
const seeds = Array.from({ length: 50 }, (_, index) => index + 1);

/** A story of a seed has thousands of lines, and a difference in one of them counts. */
const playTwice = async (scenario: Scenario, seed: number): Promise<void> => {
  const one = await simulate(scenario, { seed, isTold: true });
  const other = await simulate(scenario, { seed, isTold: true });
  expect(one.story.length).toBeGreaterThan(100);
  expect(other.story.findIndex((line, index) => line !== one.story[index])).toBe(-1);
  expect(other).toEqual(one);
};

const names = scenarioNames();

test.each(seeds)('seed %i has the same story each time', async (seed) => {
  await playTwice(await loadScenario(names[seed % names.length] ?? ''), seed);
});

test('a seed that anything else has a part in is seen', async () => {
  const scenario = await loadScenario('bank');
  let played = 0;
  const drifting: Scenario = {
    ...scenario,
    commands: (random, count) => {
      played += 1;
      return scenario.commands(random, count).slice(played);
    },
  };
  await expect(playTwice(drifting, 1)).rejects.toThrow();
});
