import { describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createSqs,
  InvalidQueue,
  type Queue,
  readQueue,
} from '../../../../../packages/cli/src/local/sqs/index.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

const sqsWith = (queues: Readonly<Record<string, object>>, speed = 1) =>
  createSqs({
    account: place.account,
    clock: createLocalClock({ speed }),
    queues: Object.entries(queues).map(([name, properties]) =>
      readQueue(properties, { name, ...place }),
    ),
  });

const queueWith = (properties: object = {}, speed = 1): Queue => {
  const queue = sqsWith({ q: properties }, speed).byName('q');
  if (!queue) throw new Error('there is no queue');
  return queue;
};

const send = (queue: Queue | undefined, body: string, delaySeconds?: number): string | undefined =>
  queue?.send({ body, attributes: {} }, delaySeconds).id;

const bodies = async (queue: Queue | undefined, options: object = {}): Promise<string[]> =>
  ((await queue?.receive({ max: 10, ...options })) ?? []).map(({ body }) => body);

describe('a standard queue', () => {
  it('hands out at most as many messages as asked for, and none twice', async () => {
    const queue = queueWith();
    for (const body of ['a', 'b', 'c']) send(queue, body);
    expect(await bodies(queue, { max: 2 })).toEqual(['a', 'b']);
    expect(await bodies(queue)).toEqual(['c']);
    expect(await bodies(queue)).toEqual([]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 3, delayed: 0 });
  });

  it('shows a message again after its visibility timeout, with a new handle and one more receive', async () => {
    const queue = queueWith();
    send(queue, 'a');
    const [first] = await queue.receive({ max: 1, visibilitySeconds: 0.02 });
    const [second] = await queue.receive({ max: 1, waitSeconds: 1 });
    expect([first?.receiveCount, second?.receiveCount]).toEqual([1, 2]);
    expect(second).toMatchObject({ id: first?.id, firstReceivedAt: first?.firstReceivedAt });
    expect(second?.receiptHandle).not.toBe(first?.receiptHandle);
  });

  it('removes a message by its latest handle only', async () => {
    const queue = queueWith();
    send(queue, 'a');
    const [first] = await queue.receive({ max: 1, visibilitySeconds: 0 });
    const [second] = await queue.receive({ max: 1 });
    queue.remove(first?.receiptHandle ?? '');
    expect(queue.counts().inFlight).toBe(1);
    queue.remove(second?.receiptHandle ?? '');
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('changes the visibility of a message until it is deleted or received again', async () => {
    const queue = queueWith();
    send(queue, 'a');
    const [first] = await queue.receive({ max: 1 });
    expect(queue.changeVisibility(first?.receiptHandle ?? '', 0)).toBe('changed');
    const [second] = await queue.receive({ max: 1 });
    expect(queue.changeVisibility(first?.receiptHandle ?? '', 0)).toBe('missing');
    queue.remove(second?.receiptHandle ?? '');
    expect(queue.changeVisibility(second?.receiptHandle ?? '', 0)).toBe('missing');
  });

  it.each([
    ['which is over', { visibilitySeconds: 0 }],
    ['which runs', { visibilitySeconds: 30 }],
  ])('hides a message after a visibility timeout %s', async (_title, options) => {
    const queue = queueWith();
    send(queue, 'a');
    const [received] = await queue.receive({ max: 1, ...options });
    expect(queue.changeVisibility(received?.receiptHandle ?? '', 30)).toBe('changed');
    expect(await bodies(queue)).toEqual([]);
  });

  it('hides a message for at most 12 hours after its receive', async () => {
    const queue = queueWith();
    send(queue, 'a');
    const [received] = await queue.receive({ max: 1 });
    expect(queue.changeVisibility(received?.receiptHandle ?? '', 43_199)).toBe('changed');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(queue.changeVisibility(received?.receiptHandle ?? '', 43_200)).toBe('too-long');
  });

  it('ends a long poll when a message arrives', async () => {
    const queue = queueWith();
    const startedAt = performance.now();
    const polling = bodies(queue, { waitSeconds: 20 });
    setTimeout(() => send(queue, 'a'), 20);
    expect(await polling).toEqual(['a']);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('gives one message to one of several long polls', async () => {
    const queue = queueWith();
    const polls = [1, 2, 3].map(() => bodies(queue, { waitSeconds: 0.1 }));
    send(queue, 'a');
    expect((await Promise.all(polls)).flat()).toEqual(['a']);
  });

  it('ends a long poll without messages in real time, at any speed of the clock', async () => {
    const queue = queueWith({ ReceiveMessageWaitTimeSeconds: 0 }, 1_000);
    const startedAt = performance.now();
    expect(await bodies(queue, { waitSeconds: 0.05 })).toEqual([]);
    expect(performance.now() - startedAt).toBeGreaterThan(45);
  });

  it('sleeps through a long poll instead of looking again and again', async () => {
    const clock = createLocalClock({ speed: 1_000 });
    let sleeps = 0;
    const sqs = createSqs({
      account: place.account,
      queues: [readQueue({}, { name: 'q', ...place })],
      clock: {
        ...clock,
        sleep: (ms, signal) => {
          sleeps += 1;
          return clock.sleep(ms, signal);
        },
      },
    });
    expect(await bodies(sqs.byName('q'), { waitSeconds: 0.05 })).toEqual([]);
    expect(sleeps).toBeLessThan(4);
  });

  it('polls beside more delayed messages than a call takes arguments', {
    timeout: 60_000,
  }, async () => {
    const queue = queueWith({ DelaySeconds: 900 });
    for (let sent = 0; sent < 150_000; sent += 1) send(queue, 'a');
    expect(await bodies(queue, { waitSeconds: 0.05 })).toEqual([]);
  });

  it('keeps a visibility timeout in real time, at any speed of the clock', async () => {
    const queue = queueWith({ VisibilityTimeout: 30 }, 1_000);
    send(queue, 'a');
    expect(await bodies(queue)).toEqual(['a']);
    expect(await bodies(queue, { waitSeconds: 0.06 })).toEqual([]);
  });

  it('delays messages, as the queue or the sender says, at the speed of the clock', async () => {
    const queue = queueWith({ DelaySeconds: 900 }, 10_000);
    send(queue, 'slow');
    send(queue, 'quick', 0);
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 1 });
    expect(await bodies(queue)).toEqual(['quick']);
    expect(await bodies(queue, { waitSeconds: 2 })).toEqual(['slow']);
  });

  it('forgets messages after its retention', async () => {
    const queue = queueWith({ MessageRetentionPeriod: 0 });
    send(queue, 'a');
    expect(await bodies(queue)).toEqual([]);
    expect(queue.counts().visible).toBe(0);
  });

  it('is emptied by a purge', () => {
    const queue = queueWith();
    send(queue, 'a');
    queue.purge();
    expect(queue.counts().visible).toBe(0);
  });
});

describe('a redrive policy', () => {
  const RedrivePolicy = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 2 };

  it('moves a message to the dead-letter queue instead of a third receive', async () => {
    const sqs = sqsWith({ q: { RedrivePolicy }, dlq: {} });
    const [queue, dlq] = [sqs.byName('q'), sqs.byName('dlq')];
    send(queue, 'a');
    expect(await bodies(queue, { visibilitySeconds: 0 })).toEqual(['a']);
    expect(await bodies(queue, { visibilitySeconds: 0 })).toEqual(['a']);
    expect(await bodies(queue)).toEqual([]);
    expect(await dlq?.receive({ max: 1 })).toMatchObject([
      { body: 'a', receiveCount: 3, deadLetterSourceArn: arnOf('q') },
    ]);
  });

  it('keeps the id, the times and the attributes of a message', async () => {
    const sqs = sqsWith({ q: { RedrivePolicy }, dlq: { DelaySeconds: 900 } });
    const [queue, dlq] = [sqs.byName('q'), sqs.byName('dlq')];
    const trace = { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1' } };
    queue?.send({ body: 'a', attributes: {}, systemAttributes: trace, groupId: 'g' });
    const [first] = (await queue?.receive({ max: 1, visibilitySeconds: 0 })) ?? [];
    await bodies(queue, { visibilitySeconds: 0 });
    await bodies(queue);
    const [letter] = (await dlq?.receive({ max: 1 })) ?? [];
    expect(letter).toMatchObject({
      id: first?.id,
      sentAt: first?.sentAt,
      firstReceivedAt: first?.firstReceivedAt,
      systemAttributes: trace,
      groupId: 'g',
    });
  });

  it('counts the receives of its own queue only', async () => {
    const next = { deadLetterTargetArn: arnOf('last'), maxReceiveCount: 1 };
    const sqs = sqsWith({ q: { RedrivePolicy }, dlq: { RedrivePolicy: next }, last: {} });
    const [queue, dlq, last] = ['q', 'dlq', 'last'].map(sqs.byName);
    send(queue, 'a');
    for (const _receive of [1, 2, 3]) await bodies(queue, { visibilitySeconds: 0 });
    expect(await bodies(dlq, { visibilitySeconds: 0 })).toEqual(['a']);
    expect(await bodies(dlq)).toEqual([]);
    expect(await last?.receive({ max: 1 })).toMatchObject([{ body: 'a', receiveCount: 4 }]);
  });

  it('keeps the age of a message, which its new queue may find too old', async () => {
    const sqs = sqsWith({
      q: { RedrivePolicy: { ...RedrivePolicy, maxReceiveCount: 1 } },
      dlq: { MessageRetentionPeriod: 0 },
    });
    send(sqs.byName('q'), 'a');
    await bodies(sqs.byName('q'), { visibilitySeconds: 0 });
    await bodies(sqs.byName('q'));
    expect(await bodies(sqs.byName('dlq'))).toEqual([]);
  });

  it('is undone by a move, back to the source or to a queue that is named', async () => {
    const sqs = sqsWith({ q: { RedrivePolicy }, dlq: {}, other: {} });
    const dlq = sqs.byName('dlq');
    if (!dlq) throw new Error('there is no dead-letter queue');
    dlq.send({ body: 'a', attributes: {}, deadLetterSourceArn: arnOf('q') });
    expect(sqs.moveTasks.start(dlq)).toMatchObject({ messagesMoved: 1, status: 'COMPLETED' });
    const [moved] = (await sqs.byName('q')?.receive({ max: 1 })) ?? [];
    expect(moved).toMatchObject({ body: 'a', receiveCount: 1 });
    expect(moved?.deadLetterSourceArn).toBeUndefined();
    dlq.send({ body: 'b', attributes: {}, deadLetterSourceArn: arnOf('q') });
    sqs.moveTasks.start(dlq, { destinationArn: arnOf('other') });
    expect(await bodies(sqs.byName('other'))).toEqual(['b']);
  });

  it('leaves a message that came from no queue where it is', async () => {
    const sqs = sqsWith({ q: { RedrivePolicy }, dlq: {} });
    const dlq = sqs.byName('dlq');
    send(dlq, 'a');
    if (!dlq) throw new Error('there is no dead-letter queue');
    expect(sqs.moveTasks.start(dlq)).toMatchObject({
      messagesMoved: 0,
      status: 'FAILED',
      failureReason: 'CouldNotDetermineMessageSource',
    });
    expect(await bodies(dlq)).toEqual(['a']);
  });

  it('loses no message of a queue that is its own dead-letter queue', async () => {
    const own = { deadLetterTargetArn: arnOf('q'), maxReceiveCount: 1 };
    const queue = sqsWith({ q: { RedrivePolicy: own } }).byName('q');
    send(queue, 'a');
    expect(await bodies(queue, { visibilitySeconds: 0 })).toEqual(['a']);
    expect([await bodies(queue), await bodies(queue)]).toContainEqual(['a']);
  });

  it('to a queue that does not exist is refused', () => {
    expect(() => sqsWith({ q: { RedrivePolicy } })).toThrow(
      `Queue q has the dead-letter queue ${arnOf('dlq')}, which does not exist.`,
    );
  });
});

describe('a queue of a template', () => {
  it('has the defaults of SQS', () => {
    expect(readQueue({}, { name: 'q', ...place })).toEqual({
      name: 'q',
      arn: arnOf('q'),
      visibilityTimeoutSeconds: 30,
      delaySeconds: 0,
      receiveWaitSeconds: 0,
      retentionSeconds: 345_600,
      messageBytesMax: 1_048_576,
      redrive: undefined,
    });
  });

  it('may give its redrive policy as text and numbers as strings', () => {
    const RedrivePolicy = `{"deadLetterTargetArn":"${arnOf('dlq')}","maxReceiveCount":"3"}`;
    const read = readQueue(
      { QueueName: 'named', VisibilityTimeout: '60', RedrivePolicy },
      { name: 'q', ...place },
    );
    expect(read).toMatchObject({
      name: 'named',
      visibilityTimeoutSeconds: 60,
      redrive: { deadLetterArn: arnOf('dlq'), receivesMax: 3 },
    });
  });

  it.each([
    [{ FifoQueue: 'maybe' }, 'FifoQueue'],
    [{ Unknown: 1 }, 'Unknown'],
    [{ VisibilityTimeout: 43_201 }, 'VisibilityTimeout'],
    [{ VisibilityTimeout: 'soon' }, 'VisibilityTimeout'],
  ])('is refused with %j', (properties, reason) => {
    expect(() => readQueue(properties, { name: 'q', ...place })).toThrow(InvalidQueue);
    expect(() => readQueue(properties, { name: 'q', ...place })).toThrow(reason);
  });
});

describe('sending by ARN', () => {
  it('tells whether the queue exists', async () => {
    const sqs = sqsWith({ q: {} });
    expect(await sqs.sendToQueue(arnOf('q'), 'a', { CODE: 'x' }, 'Root=1-0-0')).toBe('accepted');
    expect(await sqs.sendToQueue(arnOf('none'), 'a', {})).toBe('missing');
    expect(await sqs.byName('q')?.receive({ max: 1 })).toMatchObject([
      {
        body: 'a',
        attributes: { CODE: { DataType: 'String', StringValue: 'x' } },
        systemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-0-0' } },
      },
    ]);
  });
});
