import { beforeAll, describe, expect, it } from 'vitest';
import { type Apps, synthesizeApps } from './apps.ts';
import { findProblem, playLife } from './life.ts';
import { plantedBugs } from './planted-bugs.ts';

/** `npm run proofs -- deployments` plays 1,000. */
const lives = Number(process.env['PLAYED_LIVES'] ?? 200);
const livesPerTest = 50;

/** Lives until a planted bug must have shown itself; most do within three. */
const budget = 150;

let apps: Apps;

beforeAll(() => {
  apps = synthesizeApps();
});

const firstSeeds = Array.from({ length: lives / livesPerTest }, (_, at) => at * livesPerTest + 1);

describe(`${lives} lives of a deployment under failures`, () => {
  it.each(firstSeeds)(`end well, ${livesPerTest} from seed %i`, async (first) => {
    for (let seed = first; seed < first + livesPerTest; seed += 1) {
      expect(await playLife(seed, apps)).toMatchObject({ problems: [] });
    }
  });
});

describe('a planted bug', () => {
  it.each(Object.entries(plantedBugs))(`that %s is found in ${budget} lives`, async (_, bug) => {
    expect(await findProblem(apps, bug, budget)).toBeDefined();
  });
});
