import { describe, expect, it } from 'vitest';
import type { Queues } from '../../../../../packages/cli/src/commands/dlq/queues.ts';
import { readMessages } from '../../../../../packages/cli/src/commands/dlq/reading.ts';
import {
  redriveQueues,
  type Worker,
} from '../../../../../packages/cli/src/commands/dlq/redrive.ts';
import { functionArn, message, queue, queueOf, targets } from './dlq-fixture.ts';

const redrive = (
  queues: Queues,
  run: Worker['run'],
  {
    signal = new AbortController().signal,
    wanted = () => true,
    ageRefusalOf = () => undefined,
  }: Partial<Parameters<typeof redriveQueues>[0]> = {},
) =>
  redriveQueues(
    {
      ...{ queues, targets, wanted, signal, ageRefusalOf },
      worker: { secondsMax: async () => 15, run },
      pace: async () => undefined,
      onProgress: () => undefined,
    },
    [queue],
  );

describe('a redrive', () => {
  it('hides a message for the longest run, and deletes it after the success', async () => {
    const { queues, calls, there } = queueOf(['a']);
    const report = await redrive(queues, async () => {
      calls.push('run');
      return 'done';
    });
    expect(report).toEqual({ redriven: 1, failed: [] });
    expect(calls).toEqual(['hide a 45', 'run', 'remove a']);
    expect(there.size).toBe(0);
  });

  it('leaves what has failed again, visible for others', async () => {
    const { queues, there, hidden } = queueOf(['a', 'b']);
    const report = await redrive(queues, async (work) => {
      if (work.kind === 'invoke' && work.payload.includes('"a"')) throw new Error('busy\nmore');
      return 'done';
    });
    expect(report).toEqual({
      redriven: 1,
      failed: [{ queue: 'dead', id: 'a', reason: 'busy' }],
    });
    expect([...there.keys()]).toEqual(['a']);
    expect(hidden.size).toBe(0);
  });

  it.each([
    ['another function', 'arn:aws:lambda:us-east-1:000000000000:function:pay-everybody'],
    ['a function of another account', 'arn:aws:lambda:us-east-1:111111111111:function:f'],
    ['a function of another Region', 'arn:aws:lambda:eu-west-1:000000000000:function:f'],
    ['a longer name', 'arn:aws:lambda:us-east-1:000000000000:function:f:1:2'],
    ['no function at all', 'f'],
  ])('does not run %s that a message names', async (_, foreign) => {
    const { queues, calls, there } = queueOf(['a']);
    const body = { requestContext: { functionArn: foreign }, requestPayload: {} };
    there.set('a', { ...message('a'), Body: JSON.stringify(body) });
    const report = await redrive(queues, () => Promise.reject(new Error('it has run')));
    const reason = `${foreign} is no function of this stack`;
    expect(report).toEqual({ redriven: 0, failed: [{ queue: 'dead', id: 'a', reason }] });
    expect(calls).toEqual([]);
    expect([...there.keys()]).toEqual(['a']);
  });

  it.each([
    ['arn:aws:events:us-east-1:000000000000:rule/shop/r', undefined],
    ['arn:aws:events:us-east-1:000000000000:rule/other/r', 'no bus of this stack'],
    ['arn:aws:events:us-east-1:000000000000:rule/r', 'no bus of this stack'],
    ['arn:aws:events:us-east-1:111111111111:rule/shop/r', 'no bus of this stack'],
    ['arn:aws:events:eu-west-1:000000000000:rule/shop/r', 'no bus of this stack'],
  ])('puts an event of the rule %s on the bus of the stack only', async (rule, refusal) => {
    const { queues, there } = queueOf(['a']);
    const StringValue = 'arn:aws:events:us-west-2:000000000000:event-bus/shop';
    there.set('a', {
      ...message('a'),
      Body: JSON.stringify({ 'detail-type': 'Sold', source: 'shop', detail: {} }),
      MessageAttributes: { RULE_ARN: { StringValue: rule }, TARGET_ARN: { StringValue } },
    });
    const { failed } = await redrive(queues, async () => 'done');
    expect(failed.map(({ reason }) => reason)).toEqual(
      refusal === undefined ? [] : [`the bus of ${rule} is ${refusal}`],
    );
    expect(there.size).toBe(failed.length);
  });

  it('sends what a queue of the stack has given up to that queue alone', () => {
    const sent = (queueArn: string) =>
      ({
        kind: 'send',
        queueArn,
        body: '',
        attributes: {},
        groupId: undefined,
        messageId: 'a',
      }) as const;
    const own = sent('arn:aws:sqs:us-east-1:000000000000:work');
    expect([targets.refusalOf(own), targets.nameOf(own)]).toEqual([undefined, 'queue work']);
    for (const arn of [
      'arn:aws:sqs:us-east-1:000000000000:other',
      'arn:aws:sqs:us-east-1:111111111111:work',
      'arn:aws:sqs:eu-west-1:000000000000:work',
    ]) {
      expect(targets.refusalOf(sent(arn))).toBe(`${arn} is no queue of this stack`);
    }
  });

  it('says that it was interrupted of a message that it did not run', async () => {
    const interrupt = new AbortController();
    const { queues } = queueOf(['a']);
    const run = async () => {
      interrupt.abort();
      throw new Error('aborted');
    };
    const { failed } = await redrive(queues, run, { signal: interrupt.signal });
    expect(failed).toEqual([{ queue: 'dead', id: 'a', reason: 'the command was interrupted' }]);
  });

  it('runs a version of a function of the stack', () => {
    const work = { kind: 'invoke', functionArn: `${functionArn}:live`, payload: '{}' } as const;
    expect(targets.refusalOf(work)).toBeUndefined();
    expect(targets.nameOf(work)).toBe('function f');
  });

  it('deletes what a function has set aside as a new message, and says so', async () => {
    const { queues, there } = queueOf(['a']);
    const report = await redrive(queues, async () => 'set-aside');
    expect(report.failed).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('as a new message') }),
    ]);
    expect(there.size).toBe(0);
  });

  it('leaves a message that cannot be deleted', async () => {
    const { queues } = queueOf(['a']);
    const remove = () => Promise.reject(new Error('no answer'));
    const report = await redrive({ ...queues, remove }, async () => 'done');
    expect(report.failed).toEqual([{ queue: 'dead', id: 'a', reason: 'no answer' }]);
  });

  it('ends although the queue shows the same message again and again', async () => {
    const { queues } = queueOf(['a'], { repeats: true });
    let runs = 0;
    const report = await redrive(queues, () => {
      runs += 1;
      return Promise.reject(new Error('busy'));
    });
    expect({ runs, failed: report.failed.length }).toEqual({ runs: 1, failed: 1 });
  });

  it('does not touch what is not wanted', async () => {
    const { queues, calls, hidden } = queueOf(['a', 'b']);
    const wanted = ({ id }: { readonly id: string }) => id === 'b';
    expect(await redrive(queues, async () => 'done', { wanted })).toMatchObject({ redriven: 1 });
    expect(calls).toEqual(['hide b 45', 'remove b']);
    expect(hidden.size).toBe(0);
  });

  it('takes no further messages when it is interrupted, and shows those that it holds', async () => {
    const { queues, there, hidden } = queueOf(Array.from({ length: 30 }, (_, at) => `m${at}`));
    const interrupted = new AbortController();
    const report = await redrive(
      queues,
      async () => {
        interrupted.abort(new Error('interrupted'));
        return 'done';
      },
      { signal: interrupted.signal },
    );
    expect(report.redriven).toBe(10);
    expect(there.size).toBe(20);
    expect(hidden.size).toBe(0);
  });
});

describe('a look at a queue', () => {
  it('reads so many messages at most, and shows them to others again', async () => {
    const { queues, hidden } = queueOf(Array.from({ length: 30 }, (_, at) => `m${at}`));
    expect(await readMessages(queues, queue, 25, ({ id }) => id)).toHaveLength(25);
    expect(hidden.size).toBe(0);
    expect(await readMessages(queues, queue, 100, ({ id }) => id)).toHaveLength(30);
  });
});
