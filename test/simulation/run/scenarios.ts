import { globSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from '../../../src/testing/simulation/index.ts';

const root = join(import.meta.dirname, '../../..');

/** Each scenario by its name: a folder beside this one, or an example with one in its tests. */
const scenarios: ReadonlyMap<string, string> = new Map(
  globSync(['test/simulation/*/scenario.ts', 'examples/*/test/simulation/scenario.ts'], {
    cwd: root,
  }).map((path) => {
    const [top, example = '', folder = ''] = path.split(/[\\/]/);
    return [top === 'examples' ? example : folder, join(root, path)];
  }),
);

/** The names of all scenarios. */
export const scenarioNames = (): readonly string[] => [...scenarios.keys()].toSorted();

/** Loads one of `scenarioNames`. */
export const loadScenario = async (name: string): Promise<Scenario> => {
  const module = (await import(scenarios.get(name) ?? name)) as { scenario: Scenario };
  return module.scenario;
};
