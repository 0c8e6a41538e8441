import { describe, expect, it } from 'vitest';
import { createEngine, deploy, plan, queue } from './fixture.ts';

const template = { Resources: { Queue: queue() } };
const changed = { Resources: { Queue: queue(), Another: queue() } };
const templateBody = JSON.stringify(changed);

const createDeleted = async () => {
  const { east, service } = createEngine();
  const { id: stackId } = await deploy(east, 'shop', template);
  const change = await plan(east, 'shop', { template: changed });
  east.deleteStack('shop');
  await east.settled(stackId);
  return { east, service, stackId, change };
};

describe('a stack that was deleted', () => {
  it('does not come back by a change set from before', async () => {
    const { east, service, stackId, change } = await createDeleted();
    expect(() => east.executeChangeSet(change.id)).toThrow('Stack [shop] does not exist');
    expect(east.stack(stackId).status).toBe('DELETE_COMPLETE');
    expect(service.refs()).toEqual([]);
  });

  it.each(['CREATE', 'UPDATE'] as const)(
    'takes no change set of the type %s by its id',
    async (type) => {
      const { east, stackId } = await createDeleted();
      const request = { stackName: stackId, name: 'late', type, templateBody } as const;
      await expect(east.createChangeSet(request)).rejects.toMatchObject({
        code: 'ValidationError',
      });
      expect(east.stacks()).toHaveLength(1);
    },
  );
});

describe('a name', () => {
  it.each(['', 'a/b', '..', '1shop', 'my shop', 'arn:aws:x', '__proto__', 'x'.repeat(129)])(
    'such as "%s" is refused for a stack, and for a change set',
    async (name) => {
      const { east } = createEngine();
      const request = { stackName: 'shop', name: 'first', type: 'CREATE', templateBody } as const;
      await expect(east.createChangeSet({ ...request, stackName: name })).rejects.toThrow(
        "at 'stackName' failed to satisfy constraint",
      );
      await expect(east.createChangeSet({ ...request, name })).rejects.toThrow(
        "at 'changeSetName' failed to satisfy constraint",
      );
      expect(east.stacks()).toEqual([]);
    },
  );
});
