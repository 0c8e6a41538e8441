import { beforeAll, describe, expect, it } from 'vitest';
import { synthesizeData } from './app.ts';
import { type Apps, findProblem, playLife } from './life.ts';
import { plantedBugs } from './planted-bugs.ts';

const seeds = 1_000;
const seedsPerTest = 100;

/** Lives until a planted bug must have shown itself; most do within three. */
const budget = 150;

let apps: Apps;

beforeAll(() => {
  apps = { protected: synthesizeData(true), unprotected: synthesizeData(false) };
});

const firstSeeds = Array.from({ length: seeds / seedsPerTest }, (_, at) => at * seedsPerTest + 1);

describe('1,000 lives of a deployment under failures', () => {
  it.each(firstSeeds)(`end well, ${seedsPerTest} from seed %i`, async (first) => {
    for (let seed = first; seed < first + seedsPerTest; seed += 1) {
      expect(await playLife(seed, apps)).toMatchObject({ problems: [] });
    }
  });
});

describe('a planted bug', () => {
  it.each(Object.entries(plantedBugs))(`that %s is found in ${budget} lives`, async (_, bug) => {
    expect(await findProblem(apps, bug, budget)).toBeDefined();
  });
});
