import { describe, expect, it } from 'vitest';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import { createRetrier, InvalidInput, Unavailable } from '../../../../src/domain/kernel/index.ts';
import { retryQuestions } from '../../../../src/domain/kernel/work/questions.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

/** Questions of which the first asking fails with each of these errors in turn. */
const setUp = (...errors: readonly Error[]) => {
  const clock = manualClock();
  const left = [...errors];
  const asked: string[] = [];
  const random = always(0.5);
  const retrier = createRetrier({ clock, random, metrics: createMemoryMetrics() });
  const questions = retryQuestions(retrier, {
    freeSeats: async (show: string, row: number) => {
      asked.push(`${show} ${row}`);
      const error = left.shift();
      if (error) throw error;
      return 3;
    },
  });
  return { clock, asked, questions };
};

describe('a question of a service', () => {
  it('is asked again after a transient fault, with the same parameters', async () => {
    const { clock, asked, questions } = setUp(new Unavailable('waking up'));
    const run = { deadline: clock.now() + 10_000 };
    expect(await questions.freeSeats(run, 'hamlet', 7)).toBe(3);
    expect(asked).toEqual(['hamlet 7', 'hamlet 7']);
  });

  it('ends with a fault that asking again does not mend', async () => {
    const { clock, asked, questions } = setUp(new InvalidInput('no such row'));
    const run = { deadline: clock.now() + 10_000 };
    await expect(questions.freeSeats(run, 'hamlet', 7)).rejects.toThrow('no such row');
    expect(asked).toHaveLength(1);
  });

  it('ends at the deadline of the invocation that asks, and where that is aborted', async () => {
    const { clock, asked, questions } = setUp(...Array(3).fill(new Unavailable('away')));
    await expect(questions.freeSeats({ deadline: clock.now() + 1 }, 'hamlet', 7)).rejects.toThrow(
      'Out of time after 1 attempt: away',
    );
    const aborted = { deadline: clock.now() + 10_000, signal: AbortSignal.abort() };
    await expect(questions.freeSeats(aborted, 'hamlet', 7)).rejects.toThrow('Aborted');
    expect(asked).toHaveLength(1);
  });
});
