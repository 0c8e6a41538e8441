import { describe, expect, it } from 'vitest';
import type { LocalStack } from '../../../packages/cli/src/local/index.ts';

/** Deletes a stack of the app, and returns the status that it has at the end. */
const deleted = async (
  { deployments }: LocalStack,
  region: string,
  name: string,
): Promise<string> => {
  const stacks = deployments.inRegion(region);
  const { id } = stacks.stack(name);
  stacks.deleteStack(id);
  return (await stacks.settled(id)).status;
};

/** Deletes the stacks of a running small app, and deploys them again. */
export const describeDeletedStacks = (stack: () => LocalStack) =>
  describe('stacks that were deleted', () => {
    it('take their data with them, and can be deployed again', async () => {
      const running = stack();
      const [primary] = running.regions;
      const ask = async (event: object): Promise<unknown> => {
        const answer = await primary?.functions.get('notes-notes')?.invoke(JSON.stringify(event));
        return JSON.parse(answer?.payload ?? 'null');
      };
      await ask({ write: 'lost' });
      expect(await ask({})).toMatchObject({ ids: expect.arrayContaining(['lost']) });
      const { deployments } = running;
      const east = deployments.inRegion('us-east-1');
      const templates = {
        primary: east.template('notes-primary'),
        secondary: deployments.inRegion('us-west-2').template('notes-secondary'),
      };
      expect(
        await Promise.all([
          deleted(running, 'us-east-1', 'notes-primary'),
          deleted(running, 'us-west-2', 'notes-secondary'),
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
    });
  });
