import { expect, it } from 'vitest';
import type { DeploymentsDeps } from '../../../../../packages/cli/src/local/deployment/engine.ts';
import { createEngine, createMemory, deploy, plan, queue, thing } from './fixture.ts';

/** A service that removes nothing, and lets go once its operation is ended. */
const createStuck = () => {
  const begun = Promise.withResolvers<void>();
  const { service } = createEngine();
  const provider: DeploymentsDeps['provider'] = (type) => ({
    ...service.providerOf(type),
    remove: async (_, { signal }) => {
      begun.resolve();
      if (signal.aborted) throw new Error('cut off');
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(new Error('cut off')));
      await promise;
    },
  });
  return { provider, begun: begun.promise };
};

it('ends a deletion that waits for the creation before it', async () => {
  const { provider } = createStuck();
  const { engine, east } = createEngine({ provider });
  const { id, stackId } = await plan(east, 'shop', {
    template: { Resources: { One: queue(), Two: queue() } },
    onStackFailure: 'DO_NOTHING',
  });
  east.executeChangeSet(id);
  east.deleteStack('shop');
  await engine.stop();
  expect(east.stack(stackId).status).toBe('DELETE_FAILED');
});

it('ends a clean-up that a start has taken up again', async () => {
  const kept = createMemory();
  const first = createEngine({ kept, provider: createStuck().provider });
  await deploy(first.east, 'shop', { Resources: { Queue: queue(), Old: thing() } });
  const { id } = await plan(first.east, 'shop', { template: { Resources: { Queue: queue() } } });
  const stuck = createStuck();
  first.east.executeChangeSet(id);
  await expect.poll(() => kept.stored?.stacks[0]?.status).toMatch(/CLEANUP_IN_PROGRESS$/);
  const second = createEngine({ kept, provider: stuck.provider });
  const restored = second.engine.restore();
  await stuck.begun;
  await second.engine.stop();
  await restored;
  expect(second.east.stack('shop').status).toBe('UPDATE_COMPLETE');
  await first.engine.stop();
});
