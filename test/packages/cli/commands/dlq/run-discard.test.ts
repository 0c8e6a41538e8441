import { describe, expect, it } from 'vitest';
import { discardMessages } from '../../../../../packages/cli/src/commands/dlq/run-discard.ts';
import { message, queue, queueOf, service } from './dlq-fixture.ts';

const discard = async (
  { queues }: ReturnType<typeof queueOf>,
  ids: readonly string[],
  { dryRun = false, agrees = true } = {},
) => {
  const asked: string[] = [];
  const shown: { json: object; lines: readonly string[] }[] = [];
  const command = { name: 'discard', ids } as const;
  const done = discardMessages(
    {
      options: { command, json: false, dryRun, yes: false, local: false },
      terminal: { interrupted: new AbortController().signal },
      person: { isThere: true, agrees: async (question) => asked.push(question) > 0 && agrees },
      ...{ service, queues, chosen: [queue] },
      show: (json, lines) => void shown.push({ json, lines }),
    },
    command,
  );
  const error = await done.then(
    () => undefined,
    (cause: Error) => cause.message,
  );
  return { done: error === undefined ? await done : undefined, error, asked, shown };
};

describe('antipode dlq discard', () => {
  it('deletes messages by their ids or those of their events, and keeps a record of each', async () => {
    const dead = queueOf(['a', 'b', 'c']);
    const { done, asked, shown } = await discard(dead, ['a', 'event-b']);
    expect(done).toBe(true);
    expect(asked).toEqual([
      'Discard 2 messages of 1 queue of shop in us-east-1 (account 000000000000), so that nothing can run them again?',
    ]);
    expect([...dead.there.keys()]).toEqual(['c']);
    expect(dead.hidden.size).toBe(0);
    const record = {
      ...{ queue: 'dead', id: 'a', eventId: 'event-a', body: message('a').Body },
      ...{ discardedAt: expect.stringMatching(/^\d{4}-.*Z$/), by: expect.stringMatching(/./) },
    };
    expect(shown[0]?.json).toMatchObject({
      discarded: [record, { id: 'b', eventId: 'event-b' }],
      missing: [],
    });
    expect(shown[0]?.lines).toEqual([
      expect.stringMatching(/^\d{4}-\S+Z \S+ discarded a of dead: \? event-a: /),
      expect.stringMatching(/ discarded b of dead: /),
      '2 of 2 messages discarded',
    ]);
  });

  it('keeps a record of what it has deleted when the queue refuses another', async () => {
    const dead = queueOf(['a', 'b']);
    const { remove } = dead.queues;
    const refusing = async (...[one, handle]: Parameters<typeof remove>) => {
      if (handle.startsWith('b')) throw new Error('away');
      await remove(one, handle);
    };
    const { error, shown } = await discard(
      { ...dead, queues: { ...dead.queues, remove: refusing } },
      ['a', 'b'],
    );
    expect(error).toBe('away');
    expect([...dead.there.keys()]).toEqual(['b']);
    expect(shown[0]?.json).toMatchObject({ discarded: [{ id: 'a', body: message('a').Body }] });
  });

  it('deletes all messages of an event, wherever they are in the queue', async () => {
    const dead = queueOf(['a', 'b', 'c']);
    dead.there.set('b', { ...dead.there.get('b'), Body: message('a').Body });
    const one = (...[of]: Parameters<typeof dead.queues.receive>) => dead.queues.receive(of, 1);
    const { done } = await discard({ ...dead, queues: { ...dead.queues, receive: one } }, [
      ...['event-a', 'event-c'],
    ]);
    expect(done).toBe(true);
    expect(dead.there.size).toBe(0);
  });

  it('deletes nothing without consent, or on a dry run', async () => {
    const dead = queueOf(['a']);
    expect(await discard(dead, ['a'], { agrees: false })).toMatchObject({
      error: 'nothing was changed',
    });
    const { done, asked, shown } = await discard(dead, ['a'], { dryRun: true });
    expect({ done, asked }).toEqual({ done: true, asked: [] });
    expect(shown[0]?.json).toMatchObject({ toDiscard: ['a'], discarded: [] });
    expect(shown[0]?.lines).toEqual(['dead: a ?: ', '1 message to discard']);
    expect([...dead.there.keys()]).toEqual(['a']);
    expect(dead.hidden.size).toBe(0);
  });

  it('says which id is in no queue', async () => {
    const dead = queueOf(['a']);
    const nothing = await discard(dead, ['x']);
    expect(nothing).toMatchObject({ done: false, asked: [] });
    expect(nothing.shown[0]?.lines).toEqual([
      'x is in no queue of us-east-1',
      '0 messages to discard',
    ]);
    const { done, shown } = await discard(dead, ['a', 'x']);
    expect(done).toBe(false);
    expect(shown[0]?.lines.slice(1)).toEqual([
      'x is in no queue of us-east-1',
      '1 of 1 message discarded',
    ]);
    expect(dead.there.size).toBe(0);
  });
});
