import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import type { Queue } from '../../../../../packages/cli/src/local/sqs/index.ts';
import { type SqsUnderTest, startSqs } from './sqs-client.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

let aheadMs = 0;
const clock = { ...createLocalClock(), now: () => Date.now() + aheadMs };

let started: SqsUnderTest;
beforeAll(async () => {
  const redrive = { deadLetterTargetArn: arnOf('dead.fifo'), maxReceiveCount: 1 };
  started = await startSqs(
    {
      'orders.fifo': { FifoQueue: true, VisibilityTimeout: 30 },
      'hashed.fifo': {
        ...{ FifoQueue: true, ContentBasedDeduplication: true },
        DeduplicationScope: 'messageGroup',
      },
      'failing.fifo': { FifoQueue: true, RedrivePolicy: redrive },
      'dead.fifo': { FifoQueue: true },
    },
    clock,
  );
});
afterAll(() => started.stop());

const queueNamed = (name: string): Queue => {
  const queue = started.sqs.byName(name);
  if (!queue) throw new Error(`there is no queue ${name}`);
  queue.purge();
  return queue;
};

let ids = 0;
const send = (queue: Queue, ...bodies: readonly string[]) => {
  for (const body of bodies) {
    ids += 1;
    const [groupId = ''] = body;
    queue.send({ body, attributes: {}, groupId, deduplicationId: `d${ids}` });
  }
};

const receive = async (queue: Queue, max = 10) =>
  await queue.receive({ max, visibilitySeconds: 30 });
const bodiesOf = (messages: readonly { readonly body: string }[]) =>
  messages.map(({ body }) => body);

describe('a FIFO queue', () => {
  it('gives the messages of a group in order, and holds back a group that is in flight', async () => {
    const queue = queueNamed('orders.fifo');
    send(queue, 'a1', 'a2', 'b1', 'a3');
    const first = await receive(queue, 2);
    expect(bodiesOf(first)).toEqual(['a1', 'a2']);
    const second = await receive(queue);
    expect(bodiesOf(second)).toEqual(['b1']);
    queue.remove(first[0]?.receiptHandle ?? '');
    expect(await receive(queue)).toEqual([]);
    queue.changeVisibility(first[1]?.receiptHandle ?? '', 0);
    expect(bodiesOf(await receive(queue))).toEqual(['a2', 'a3']);
  });

  it('wakes a receiver when the last message in flight of a group is deleted', async () => {
    const queue = queueNamed('orders.fifo');
    send(queue, 'a1', 'a2');
    const [first] = await receive(queue, 1);
    const waiting = queue.receive({ max: 10, waitSeconds: 20 });
    queue.remove(first?.receiptHandle ?? '');
    expect(bodiesOf(await waiting)).toEqual(['a2']);
  });

  it('ends a wait when its receiver says so', async () => {
    const leaving = new AbortController();
    const waiting = queueNamed('orders.fifo').receive({
      ...{ max: 1, waitSeconds: 20 },
      signal: leaving.signal,
    });
    leaving.abort();
    expect(await waiting).toEqual([]);
  });

  it('moves a message that failed to its dead-letter queue, and goes on with its group', async () => {
    const queue = queueNamed('failing.fifo');
    const dead = queueNamed('dead.fifo');
    send(queue, 'a1', 'a2');
    const [first] = await receive(queue, 1);
    queue.changeVisibility(first?.receiptHandle ?? '', 0);
    expect(bodiesOf(await receive(queue))).toEqual(['a2']);
    expect(await receive(dead)).toEqual([
      expect.objectContaining({
        body: 'a1',
        groupId: 'a',
        deadLetterSourceArn: arnOf('failing.fifo'),
      }),
    ]);
  });

  const sent = (QueueUrl: string, MessageBody: string, others: object = {}) =>
    started.client.send(
      new SendMessageCommand({ QueueUrl, MessageBody, MessageGroupId: 'a', ...others }),
    );

  it('takes one message of a deduplication id in five minutes', async () => {
    const queue = queueNamed('orders.fifo');
    const url = started.urlOf('orders.fifo');
    const one = await sent(url, 'one', { MessageDeduplicationId: 'x' });
    const again = await sent(url, 'other', { MessageDeduplicationId: 'x' });
    expect(one.SequenceNumber).toMatch(/^\d{20}$/);
    expect(again).toMatchObject({
      MessageId: one.MessageId,
      SequenceNumber: one.SequenceNumber,
    });
    aheadMs += 5 * 60_000;
    const later = await sent(url, 'later', { MessageDeduplicationId: 'x' });
    expect(later.SequenceNumber?.localeCompare(one.SequenceNumber ?? '')).toBe(1);
    expect(bodiesOf(await receive(queue))).toEqual(['one', 'later']);
  });

  it('knows a message by its content and group, where it is asked to', async () => {
    const queue = queueNamed('hashed.fifo');
    const url = started.urlOf('hashed.fifo');
    for (const others of [{}, {}, { MessageGroupId: 'b' }]) await sent(url, 'same', others);
    expect((await receive(queue)).map(({ groupId }) => groupId)).toEqual(['a', 'b']);
  });

  it.each([
    ['without a group', { MessageGroupId: undefined }, 'MissingParameter'],
    ['without a deduplication id', {}, 'InvalidParameterValue'],
    ['with a delay', { MessageDeduplicationId: 'y', DelaySeconds: 1 }, 'InvalidParameterValue'],
    ['with an id of spaces', { MessageDeduplicationId: '  ' }, 'InvalidParameterValue'],
  ])('refuses a message %s', async (_, others, name) => {
    await expect(sent(started.urlOf('orders.fifo'), 'one', others)).rejects.toMatchObject({ name });
  });
});
