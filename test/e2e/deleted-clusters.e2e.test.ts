import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { startStack } from '../../packages/cli/src/local/index.ts';
import { childEnvironment } from '../support/child-environment.ts';
import { projectFolder } from './local-app/runner.ts';

const app = fileURLToPath(new URL('local-app/app.ts', import.meta.url));

/** Deletes a stack of the app, and returns the status that it has at the end. */
const deleted = async (
  { deployments }: Awaited<ReturnType<typeof startStack>>,
  region: string,
  name: string,
): Promise<string> => {
  const stacks = deployments.inRegion(region);
  const { id } = stacks.stack(name);
  stacks.deleteStack(id);
  return (await stacks.settled(id)).status;
};

it('stacks that were deleted take their data with them, and can be deployed again', async () => {
  const output = join(projectFolder(onTestFinished), 'cdk.out');
  execFileSync(process.execPath, [app], { env: { ...childEnvironment(), CDK_OUTDIR: output } });
  const stack = await startStack({ assembly: output });
  onTestFinished(stack.stop);
  const [primary] = stack.regions;
  const ask = async (event: object): Promise<unknown> => {
    const answer = await primary?.functions.get('notes-notes')?.invoke(JSON.stringify(event));
    return JSON.parse(answer?.payload ?? 'null');
  };
  await ask({ write: 'lost' });
  expect(await ask({})).toMatchObject({ ids: ['lost'] });
  const { deployments } = stack;
  const east = deployments.inRegion('us-east-1');
  const templates = {
    primary: east.template('notes-primary'),
    secondary: deployments.inRegion('us-west-2').template('notes-secondary'),
  };
  expect(
    await Promise.all([
      deleted(stack, 'us-east-1', 'notes-primary'),
      deleted(stack, 'us-west-2', 'notes-secondary'),
    ]),
  ).toEqual(['DELETE_COMPLETE', 'DELETE_COMPLETE']);
  expect(primary?.functions.size).toBe(0);
  for (const [name, region] of [
    ['primary', 'us-east-1'],
    ['secondary', 'us-west-2'],
  ] as const) {
    const { id } = await deployments.inRegion(region).createChangeSet({
      ...{ stackName: `notes-${name}`, name: 'again', type: 'CREATE' },
      ...{ templateBody: templates[name], capabilities: ['CAPABILITY_NAMED_IAM'] },
    });
    deployments.inRegion(region).executeChangeSet(id);
    await deployments.inRegion(region).settled(`notes-${name}`);
  }
  expect(east.stack('notes-primary').status).toBe('CREATE_COMPLETE');
  expect(await ask({})).toMatchObject({ ids: [] });
}, 120_000);
