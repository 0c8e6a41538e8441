import { describe, expect, it } from 'vitest';
import {
  type RedriveRun,
  redriveCounted,
} from '../../../../../packages/cli/src/commands/dlq/run-redrive.ts';
import { findMessages, matches } from '../../../../../packages/cli/src/commands/dlq/search.ts';
import { readDeadMessage } from '../../../../../packages/cli/src/local/sqs/dead-message.ts';
import { functionArn, message, queue, queueOf, service } from './dlq-fixture.ts';

const rate = 1_000_000;

const idsOf = (count: number) => Array.from({ length: count }, (_, at) => `m${at}`);

/** A redrive of a person who agrees. */
const redrive = async (
  { queues }: ReturnType<typeof queueOf>,
  {
    ids = [],
    run = async () => 'done',
    forgotten = false,
    retentionMs,
  }: {
    readonly ids?: readonly string[];
    readonly run?: () => Promise<'done' | 'set-aside'>;
    readonly forgotten?: boolean;
    readonly retentionMs?: number;
  } = {},
) => {
  const asked: string[] = [];
  const lines: string[] = [];
  const agrees = async (question: string) => asked.push(question) > 0;
  const command = { name: 'redrive', ids, rate, forgotten } as const;
  const redriveRun: RedriveRun = {
    options: { command, json: true, dryRun: false, yes: false, local: false },
    terminal: { interrupted: new AbortController().signal, print: () => undefined },
    person: { isThere: true, agrees },
    ...{ service, queues, chosen: [queue] },
    show: (_, shown) => void lines.push(...shown),
    inboxRetentionMs: async () => retentionMs,
    openWorker: async () => ({ secondsMax: async () => 1, run, close: () => undefined }),
  };
  const done = await redriveCounted(redriveRun, command);
  return { done, asked, lines };
};

describe('a redrive that a person agrees to', () => {
  it('names the messages and what they run', async () => {
    const dead = queueOf(['a', 'b']);
    const { asked } = await redrive(dead);
    expect(asked).toEqual([
      'Redrive 2 messages of 1 queue of shop in us-east-1 (account 000000000000): function f?',
    ]);
    expect(dead.there.size).toBe(0);
  });

  it('runs those that were counted, and says that there are others', async () => {
    const dead = queueOf(idsOf(1_005));
    const { asked, lines } = await redrive(dead);
    expect(asked).toEqual([expect.stringMatching(/^Redrive 1000 messages of 1 queue /)]);
    expect(dead.there.size).toBe(5);
    expect(lines).toEqual([
      '1000 of 1000 messages redriven',
      'a queue has 1000 messages or more: run it again for the others',
    ]);
  });

  it('finds an id behind the first thousand', async () => {
    const dead = queueOf(idsOf(1_005));
    expect(await redrive(dead, { ids: ['m1004'] })).toMatchObject({ done: true });
    expect(dead.there.has('m1004')).toBe(false);
    expect(dead.there.size).toBe(1_004);
    expect(await findMessages(dead.queues, queue, ['m1003'])).toMatchObject([{ id: 'm1003' }]);
    expect(dead.hidden.size).toBe(0);
  });

  it('finds a message by the id of its event', async () => {
    const dead = queueOf(['a', 'b']);
    expect(await redrive(dead, { ids: ['event-b'] })).toMatchObject({ done: true });
    expect([...dead.there.keys()]).toEqual(['a']);
  });

  it('says that an id is in no queue', async () => {
    const { done, lines } = await redrive(queueOf(['a']), { ids: ['b'] });
    expect(done).toBe(false);
    expect(lines).toContain(
      '1 of the ids in no queue of us-east-1: antipode dlq list prints those of messages',
    );
  });

  it('leaves an event that the inbox may have forgotten, unless it is told to run it', async () => {
    const dead = queueOf(['old', 'new']);
    const day = 86_400_000;
    for (const [id, ageMs] of [
      ['old', 42 * day],
      ['new', 28 * day],
    ] as const) {
      const time = new Date(Date.now() - ageMs).toISOString();
      const requestPayload = { detail: { id: `event-${id}`, time } };
      const body = { requestContext: { functionArn }, requestPayload };
      dead.there.set(id, { ...message(id), Body: JSON.stringify(body) });
    }
    const { done, lines } = await redrive(dead, { retentionMs: 30 * day });
    expect(done).toBe(false);
    expect(lines).toEqual([
      expect.stringMatching(/^dead: old stays: its event is 42 d old, and the inbox knows/),
      '1 of 2 messages redriven',
    ]);
    expect([...dead.there.keys()]).toEqual(['old']);
    expect(await redrive(dead, { retentionMs: 30 * day, forgotten: true })).toMatchObject({
      done: true,
    });
    expect(dead.there.size).toBe(0);
  });

  it('leaves a message that comes meanwhile, whatever the clocks say', async () => {
    const dead = queueOf(['a']);
    let runs = 0;
    const run = async () => {
      runs += 1;
      const id = `again-${runs}`;
      if (runs < 100) dead.there.set(id, message(id));
      return 'set-aside' as const;
    };
    await redrive(dead, { run });
    expect(runs).toBe(1);
    expect([...dead.there.keys()]).toEqual(['again-1']);
  });

  it('asks the clock of the machine for an age only', () => {
    const sent = readDeadMessage(message('a'));
    expect(matches({}, 0)(sent)).toBe(true);
    expect(matches({ olderThanMs: 500 }, 1_499)(sent)).toBe(false);
    expect(matches({ olderThanMs: 500 }, 1_500)(sent)).toBe(true);
  });
});
