import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Scenario } from '../../../src/testing/simulation/index.ts';

const folder = join(import.meta.dirname, '..');

/** The names of all scenarios: each has a folder here. */
export const scenarioNames = (): readonly string[] =>
  globSync('*/scenario.ts', { cwd: folder }).map(dirname).toSorted();

/** Loads one of `scenarioNames`. */
export const loadScenario = async (name: string): Promise<Scenario> => {
  const module = (await import(join(folder, name, 'scenario.ts'))) as { scenario: Scenario };
  return module.scenario;
};
