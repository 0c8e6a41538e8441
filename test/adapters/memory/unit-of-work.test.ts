import { describe, expect, it } from 'vitest';
import {
  createMemoryDatabase,
  createMemoryMetrics,
  createMemoryUnitOfWork,
  type MemoryRepository,
} from '../../../src/adapters/memory/index.ts';
import { createRetrier, type EventEnvelope } from '../../../src/domain/kernel/index.ts';
import {
  type CounterQuery,
  type CounterState,
  counterWork,
  memoryCounters,
  setTo,
} from '../../support/counter.ts';
import { always, manualClock } from '../../support/runtime-ports.ts';

const setUp = (changes: Partial<Record<keyof typeof memoryCounters, unknown>> = {}) => {
  const clock = manualClock();
  const database = createMemoryDatabase();
  const inserted: EventEnvelope[] = [];
  const retrier = createRetrier({ clock, random: always(0.5), metrics: createMemoryMetrics() });
  const repository = { ...memoryCounters, ...changes } as MemoryRepository<
    CounterQuery,
    CounterState
  >;
  const unitOfWork = createMemoryUnitOfWork({
    database,
    repository,
    outboxInsert: (_, events) => inserted.push(...events),
    retrier,
  });
  const work = {
    ...counterWork(() => setTo('a', 1)(), { load: { names: ['a'] } }),
    deadline: clock.now() + 10_000,
  };
  const value = () => database.begin().get<number>('counters', 'a');
  return { run: () => unitOfWork.execute(work), value, inserted };
};

describe('a unit of work in memory', () => {
  it('answers the refusal of its repository, and saves nothing', async () => {
    const refusal = { accepted: false, code: 'Exists', message: 'It exists' } as const;
    let refuses = true;
    const save: typeof memoryCounters.save = (transaction, state) => {
      memoryCounters.save(transaction, state);
      return refuses ? refusal : undefined;
    };
    const { run, value, inserted } = setUp({ save });
    expect(await run()).toEqual({ status: 'refused', refusal });
    expect(value()).toBeUndefined();
    expect(inserted).toEqual([]);
    // Nor is the command known.
    refuses = false;
    expect((await run()).status).toBe('committed');
  });

  it.each([
    ['loads later', { load: async () => ({ counters: {} }) }, /`load` of a repository must not be/],
    ['saves later', { save: async () => undefined }, /`save` of a repository must not be async/],
  ])('refuses a repository that %s', async (_, changes, message) => {
    const { run, value } = setUp(changes);
    await expect(run()).rejects.toMatchObject({
      kind: 'InvariantViolation',
      message: expect.stringMatching(message),
    });
    expect(value()).toBeUndefined();
  });
});
