import { once } from 'node:events';
import { simulate } from '../../../src/testing/simulation/index.ts';
import { scenario as bank } from '../bank/scenario.ts';
import { plantedBugs } from '../planted/index.ts';
import { findBug } from './find-bug.ts';
import type { Job, Message } from './plan.ts';
import { loadScenario } from './scenarios.ts';

/** Waits until the message has left: a seed gives the process no time for it. */
const send = (message: Message): Promise<void> =>
  new Promise((resolve) => {
    process.send?.(message, undefined, {}, () => resolve());
  });

const playSeeds = async (job: Extract<Job, { readonly kind: 'seeds' }>): Promise<void> => {
  const { first, count, commands, faults } = job;
  const scenario = await loadScenario(job.scenario);
  for (let seed = first; seed < first + count; seed += 1) {
    const { story: _, ...result } = await simulate(scenario, {
      seed,
      ...(commands === undefined ? {} : { commandCount: commands }),
      ...(faults === undefined ? {} : { faults }),
    });
    await send({ kind: 'seed', report: { ...result, faults: [...result.faults] } });
  }
};

const work = async (job: Job): Promise<void> => {
  if (job.kind === 'seeds') return playSeeds(job);
  const bug = plantedBugs[job.index];
  if (bug) await send({ kind: 'bug', report: await findBug(bank, bug) });
};

await send({ kind: 'ready' });
for (;;) {
  const [job] = (await once(process, 'message')) as [Job | 'end'];
  if (job === 'end') break;
  await work(job);
  await send({ kind: 'ready' });
}
process.disconnect();
