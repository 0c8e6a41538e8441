import { expect, it } from 'vitest';
import { counterWork, memoryCounters, setTo } from '../../support/counter.ts';
import { memoryService } from '../../support/memory-service.ts';

it.each<[string, object, RegExp]>([
  ['saves later', { save: async () => undefined }, /`save` of a repository must not be async/],
  ['loads later', { load: async () => ({ counters: {} }) }, /`load` of a repository .* async/],
])('a repository that %s is refused, with nothing committed', async (_, wrong, message) => {
  const { database, unitOfWork } = memoryService();
  const repository = { ...memoryCounters, ...wrong } as typeof memoryCounters;
  const work = counterWork(() => setTo('a', 1)(), { load: { names: ['a'] } });
  await expect(unitOfWork(repository).execute(work)).rejects.toMatchObject({
    kind: 'InvariantViolation',
    message: expect.stringMatching(message),
  });
  expect(database.begin().all('outbox')).toEqual([]);
  expect(database.begin().all('idempotency')).toEqual([]);
});
