import { describe, expect, it } from 'vitest';
import { holdMessages } from '../../../../../packages/cli/src/commands/dlq/reading.ts';
import { message, queue, queueOf } from './dlq-fixture.ts';

describe('messages that are held', () => {
  it('do not hide the rest of their queue when they come again', async () => {
    const dead = queueOf(Array.from({ length: 50 }, (_, at) => `m${at}`));
    const holding = holdMessages(dead.queues, queue);
    for (let read = 0; read < 40; read += 10) await holding.next(10);
    // The time for which they were hidden is over, and they come before the others.
    dead.hidden.clear();
    const rest = await holding.next(10);
    expect(rest.map(({ id }) => id)).toEqual(Array.from({ length: 10 }, (_, at) => `m${at + 40}`));
    expect(await holding.next(10)).toEqual([]);
  });

  it('are kept by the newest receipt', async () => {
    const dead = queueOf(['a']);
    const holding = holdMessages(dead.queues, queue);
    await holding.next(10);
    dead.hidden.clear();
    dead.there.set('a', { ...message('a'), ReceiptHandle: 'a/2' });
    dead.there.set('b', message('b'));
    await holding.next(10);
    expect(holding.handleOf({ id: 'a' })).toBe('a/2');
  });
});
