import { join } from 'node:path';
import { buildCloudFormation } from '../../../../infra/cloudformation/build.ts';
import {
  ledgerEntries,
  ledgerEntryFiles,
  ledgerOmissions,
} from '../../../../infra/ledger/entries.ts';
import { ledger } from '../../../../src/adapters/ledger/service.ts';
import { bothRegions, type LivePlace, openLivePlace } from '../live-place.ts';
import { repository, toolsFor } from '../tools.ts';
import { ledgerStacks } from './assemblies.ts';
import { createLedgerClient } from './client.ts';

/** A command of the CDK CLI, and the lines that say how its outcome is wrong. */
export type Step = { readonly command: string; readonly problems: readonly string[] };

const unless = (isMet: boolean, problem: string): readonly string[] => (isMet ? [] : [problem]);

const deployed = async (place: LivePlace): Promise<readonly string[]> => {
  const statuses = await place.statuses();
  const complete = statuses.filter((line) => /(?:CREATE|UPDATE)_COMPLETE$/.test(line));
  return unless(complete.length === ledgerStacks.length, `the stacks are ${statuses.join(', ')}`);
};

/** Writes in each Region, and reads that in the other one. */
const answered = async (place: LivePlace): Promise<readonly string[]> => {
  const client = createLedgerClient(place);
  const reads = bothRegions.map(async (region, at) => {
    const id = await client.write(region);
    const other = bothRegions[1 - at] ?? region;
    const { transaction_id } = await client.read(other, id);
    return unless(transaction_id === id, `${other} does not have ${id}, written in ${region}`);
  });
  return (await Promise.all(reads)).flat();
};

const nothingLeft = async (place: LivePlace): Promise<readonly string[]> => {
  const left = [...(await place.statuses()), ...(await place.clusters())];
  return unless(left.length === 0, `left: ${left.join(', ')}`);
};

const deploy = ['deploy', '--all', '--require-approval', 'never'];
const destroy = ['destroy', '--all', '--force'];

/** The commands, each with a check of what it has done, which gets what it has printed. */
const commands = (place: LivePlace) => [
  {
    args: deploy,
    check: async (output: string) => [
      ...unless(!output.includes('WARNING'), `warns:\n${output}`),
      ...(await deployed(place)),
      ...(await answered(place)),
    ],
  },
  {
    args: deploy,
    check: async (output: string) => {
      const unchanged = output.split('(no changes)').length - 1;
      const problem = `finds no changes in ${unchanged} stacks:\n${output}`;
      return unless(unchanged === ledgerStacks.length, problem);
    },
  },
  { args: destroy, check: () => nothingLeft(place) },
];

/**
 * Deploys the app in Python by the CDK CLI to a local stack, as the pages say, deploys it again
 * without a change, and destroys it. The first command that goes wrong is the last one.
 *
 * @param python the Python that runs the app
 * @throws {Error} for a request that has no answer
 */
export const deployPythonApp = async (python: string): Promise<readonly Step[]> => {
  const place = await openLivePlace();
  try {
    const folder = join(place.folder, 'cloudformation');
    await buildCloudFormation(ledger, {
      entries: ledgerEntryFiles(ledgerEntries),
      omit: ledgerOmissions,
      environment: { PROTECT_DATA: 'off' },
      outdir: folder,
    });
    const tools = toolsFor(place.url, place.folder);
    const settings = { CDK_SERVICE_FOLDER: folder, CDK_ALARM_EMAIL: 'on-call@example.com' };
    const app = ['--app', `${python} app.py`, '--output', join(place.folder, 'cdk.out')];
    const steps: Step[] = [];
    for (const { args, check } of commands(place)) {
      const project = join(repository, 'infra/python');
      const { code, output } = await tools.cdkIn(project, settings, ...args, ...app);
      const problems = code === 0 ? await check(output) : [`ended with ${code}:\n${output}`];
      steps.push({ command: args.join(' '), problems });
      if (problems.length > 0) break;
    }
    return steps;
  } finally {
    await place.stop();
  }
};
