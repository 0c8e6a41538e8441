import { type Scenario, simulate } from '../../../src/testing/simulation/index.ts';
import type { PlantedBug } from '../planted/planted-bug.ts';
import type { BugReport } from './plan.ts';

/** Seeds in which a planted bug must be found, unless it says otherwise. */
const seedsMaxDefault = 40;

/** Plays seeds with a planted bug until one breaks a promise. */
export const findBug = async (
  scenario: Scenario,
  { name, plant, faults, seedsMax = seedsMaxDefault }: PlantedBug,
): Promise<BugReport> => {
  for (let seed = 1; seed <= seedsMax; seed += 1) {
    const given = faults === undefined ? {} : { faults };
    const { violations } = await simulate(scenario, { seed, substitutions: plant(), ...given });
    const [first] = violations;
    if (first) return { name, seedsMax, foundBy: seed, oracle: first.oracle };
  }
  return { name, seedsMax, foundBy: undefined, oracle: undefined };
};
