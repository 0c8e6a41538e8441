import { describe, expect, it } from 'vitest';
import { inTurns } from '../../../../src/domain/kernel/outbox/in-turns.ts';

describe('items in turns', () => {
  it('are four at once, and no more', async () => {
    let open = 0;
    const widths: number[] = [];
    await inTurns([...'abcdefghij'], async () => {
      open += 1;
      widths.push(open);
      await Promise.resolve();
      open -= 1;
      return false;
    });
    expect(widths).toHaveLength(10);
    expect(Math.max(...widths)).toBe(4);
  });

  it('go behind the others while they have more', async () => {
    const left = new Map([
      ['a', 3],
      ['b', 1],
    ]);
    const order: string[] = [];
    await inTurns([...'abcdef'], async (item) => {
      order.push(item);
      const more = (left.get(item) ?? 1) - 1;
      left.set(item, more);
      return more > 0;
    });
    expect(order.join('')).toBe('abcdefaa');
  });

  it('may be none', async () => {
    const step = async (): Promise<never> => {
      throw new Error('asked');
    };
    expect(await inTurns([], step)).toBeUndefined();
  });

  it.each([new Error('a'), undefined])(
    'end with the first failure, %s, when what is under way has ended, and begin nothing more',
    async (failure) => {
      const begun: string[] = [];
      let open = 0;
      const run = inTurns([...'abcdef'], async (item) => {
        begun.push(item);
        if (item === 'b') throw failure;
        open += 1;
        for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
        open -= 1;
        if (item === 'c') throw new Error('later');
        return true;
      });
      const thrown = await run.then(
        () => 'nothing',
        (error: unknown) => error,
      );
      expect(thrown).toBe(failure);
      expect(open).toBe(0);
      expect(begun.join('')).toBe('abcd');
    },
  );
});
