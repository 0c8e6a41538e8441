import { beforeAll, describe, expect, it } from 'vitest';
import { type Apps, synthesizeApps } from './apps.ts';
import { findProblem, playLife } from './life.ts';
import { plantedBugs } from './planted-bugs.ts';

/** As many as take a second or two; the proof beside this file plays more. */
const lives = 30;

/** Each of the bugs of this file shows itself in the first few lives. */
const livesUntilFound = 10;

let apps: Apps;

beforeAll(() => {
  apps = synthesizeApps();
});

describe('the life of a deployment under failures', () => {
  it('ends each command well, or by the next step that is documented', async () => {
    let mended = 0;
    for (let seed = 1; seed <= lives; seed += 1) {
      const verdict = await playLife(seed, apps);
      expect(verdict).toMatchObject({ problems: [] });
      mended += verdict.mended;
    }
    // Lives without a failed command would show nothing.
    expect(mended).toBeGreaterThan(lives / 5);
  });

  it('is the same for the same seed', async () => {
    expect(await playLife(7, apps)).toEqual(await playLife(7, apps));
  });

  it.each([
    ['gives up on the first 429', 'failures that pass have failed'],
    ['leaves the deletion to CloudFormation', 'did not stabilize: PENDING_DELETE'],
    ['takes another Region for a half', 'has taken settings that cannot change'],
  ])('shows a deployment that %s', async (name, problem) => {
    expect(await findProblem(apps, plantedBugs[name] ?? {}, livesUntilFound)).toContain(problem);
  });
});
