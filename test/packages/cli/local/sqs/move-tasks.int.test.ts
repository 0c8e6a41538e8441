import {
  CancelMessageMoveTaskCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  PurgeQueueCommand,
  StartMessageMoveTaskCommand,
  type StartMessageMoveTaskCommandInput,
} from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalClock, type LocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import { startSqs } from './sqs-client.ts';

const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;
const RedrivePolicy = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 };

/**
 * Two queues with one dead-letter queue, in which there are as many messages of `q` as asked for.
 */
const region = async (messages = 0, clock?: LocalClock) => {
  const under = await startSqs(
    { q: { RedrivePolicy }, r: { RedrivePolicy }, dlq: {}, other: {} },
    clock,
  );
  onTestFinished(under.stop);
  const { client, sqs } = under;
  for (let n = 0; n < messages; n += 1) {
    const deadLetterSourceArn = arnOf('q');
    sqs.byName('dlq')?.send({ body: `${n}`, attributes: {}, deadLetterSourceArn });
  }
  return {
    ...under,
    start: async (changes: Partial<StartMessageMoveTaskCommandInput> = {}) =>
      client.send(new StartMessageMoveTaskCommand({ SourceArn: arnOf('dlq'), ...changes })),
    list: async (MaxResults?: number) =>
      (
        await client.send(
          new ListMessageMoveTasksCommand({
            SourceArn: arnOf('dlq'),
            ...(MaxResults && { MaxResults }),
          }),
        )
      ).Results,
    cancel: (TaskHandle: string | undefined) =>
      client.send(new CancelMessageMoveTaskCommand({ TaskHandle })),
    visibleIn: (name: string) => sqs.byName(name)?.counts().visible,
  };
};

describe('a task of moving messages', () => {
  it('is listed as completed, without a handle and a destination that it has not', async () => {
    const { start, list } = await region(2);
    await start();
    expect(await list()).toEqual([
      {
        SourceArn: arnOf('dlq'),
        Status: 'COMPLETED',
        ApproximateNumberOfMessagesMoved: 2,
        ApproximateNumberOfMessagesToMove: 2,
        StartedTimestamp: expect.any(Number),
      },
    ]);
  });

  it('has a handle with its id and its source', async () => {
    const { start } = await region();
    const { TaskHandle = '' } = await start();
    expect(JSON.parse(Buffer.from(TaskHandle, 'base64').toString())).toEqual({
      taskId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      sourceArn: arnOf('dlq'),
    });
  });

  it('moves no more messages in a second than it may, and can be cancelled', async () => {
    const { start, list, cancel, visibleIn } = await region(1_000);
    const { TaskHandle } = await start({
      DestinationArn: arnOf('other'),
      MaxNumberOfMessagesPerSecond: 1,
    });
    const [running] = (await list()) ?? [];
    expect(running).toMatchObject({
      TaskHandle,
      Status: 'RUNNING',
      DestinationArn: arnOf('other'),
      MaxNumberOfMessagesPerSecond: 1,
      ApproximateNumberOfMessagesToMove: 1_000,
    });
    const { ApproximateNumberOfMessagesMoved: moved } = await cancel(TaskHandle);
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(1_000);
    const [cancelled] = (await list()) ?? [];
    expect(cancelled).toMatchObject({
      Status: 'CANCELLED',
      ApproximateNumberOfMessagesMoved: moved,
    });
    expect(cancelled?.TaskHandle).toBeUndefined();
    expect([visibleIn('other'), visibleIn('dlq')]).toEqual([moved, 1_000 - (moved ?? 0)]);
  });

  it('moves all messages at its rate', async () => {
    const { start, list, visibleIn } = await region(7, createLocalClock({ speed: 1_000 }));
    await start({ MaxNumberOfMessagesPerSecond: 2 });
    await expect
      .poll(async () => (await list())?.[0]?.Status, { timeout: 10_000 })
      .toBe('COMPLETED');
    expect([visibleIn('q'), visibleIn('dlq')]).toEqual([7, 0]);
  });

  it('is refused while another of the queue runs, and not afterwards', async () => {
    const { start, cancel } = await region(1_000);
    const { TaskHandle } = await start({ MaxNumberOfMessagesPerSecond: 1 });
    await expect(start()).rejects.toMatchObject({
      name: 'InvalidParameterValue',
      message:
        'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    });
    await cancel(TaskHandle);
    await expect(start()).resolves.toBeDefined();
  });

  it('lists the most recent task, or up to ten', async () => {
    const { start, list } = await region();
    for (let n = 0; n < 12; n += 1)
      await start(n % 2 === 0 ? {} : { DestinationArn: arnOf('other') });
    expect(await list()).toMatchObject([{ DestinationArn: arnOf('other') }]);
    expect(await list(10)).toHaveLength(10);
    await expect(list(11)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });

  it.each([
    ['a rate of 0', { MaxNumberOfMessagesPerSecond: 0 }],
    ['a rate of 501', { MaxNumberOfMessagesPerSecond: 501 }],
    ['the source as destination', { DestinationArn: arnOf('dlq') }],
  ])('is refused with %s', async (_, changes) => {
    const { start, visibleIn } = await region(1);
    await expect(start(changes)).rejects.toMatchObject({
      name: 'InvalidParameterValue',
    });
    expect(visibleIn('dlq')).toBe(1);
  });
});

describe('a task that cannot be cancelled', () => {
  const handle = (sourceArn: string): string =>
    Buffer.from(
      JSON.stringify({ taskId: '10f57157-fc38-4da9-a113-4de7e12d05aa', sourceArn }),
    ).toString('base64');

  it.each([
    [
      'has a handle that is none',
      'foobared',
      'InvalidParameterValue',
      'Value for parameter TaskHandle is invalid.',
      400,
    ],
    [
      'is of a queue that does not exist',
      handle(arnOf('nowhere')),
      'ResourceNotFoundException',
      `The resource that you specified for the SourceArn parameter doesn't exist.`,
      404,
    ],
    [
      'does not exist',
      handle(arnOf('dlq')),
      'ResourceNotFoundException',
      'Task does not exist.',
      404,
    ],
  ])('%s', async (_, TaskHandle, name, message, httpStatusCode) => {
    const { cancel } = await region();
    await expect(cancel(TaskHandle)).rejects.toMatchObject({
      name,
      message,
      $metadata: { httpStatusCode },
    });
  });

  it('has ended', async () => {
    const { start, cancel } = await region(1);
    const { TaskHandle } = await start();
    await expect(cancel(TaskHandle)).rejects.toMatchObject({ name: 'UnsupportedOperation' });
  });
});

describe('the sources of a dead-letter queue', () => {
  it('are listed, in pages where asked', async () => {
    const { client, urlOf } = await region();
    const QueueUrl = urlOf('dlq');
    const list = (changes: object = {}) =>
      client.send(new ListDeadLetterSourceQueuesCommand({ QueueUrl, ...changes }));
    expect((await list()).queueUrls).toEqual([urlOf('q'), urlOf('r')]);
    const first = await list({ MaxResults: 1 });
    const second = await list({ MaxResults: 1, NextToken: first.NextToken });
    expect([first.queueUrls, second.queueUrls]).toEqual([[urlOf('q')], [urlOf('r')]]);
    expect(second.NextToken).toBeUndefined();
    expect((await list({ QueueUrl: urlOf('q') })).queueUrls).toEqual([]);
    await expect(list({ QueueUrl: urlOf('nowhere') })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });
});

describe('a purge', () => {
  it('is refused within a minute of the one before, for that queue alone', async () => {
    let now = Date.now();
    const clock: LocalClock = { ...createLocalClock(), now: () => now };
    const { client, urlOf, sqs } = await region(0, clock);
    const purge = (name: string) => client.send(new PurgeQueueCommand({ QueueUrl: urlOf(name) }));
    await purge('q');
    await purge('r');
    now += 59_999;
    sqs.byName('q')?.send({ body: 'a', attributes: {} });
    await expect(purge('q')).rejects.toMatchObject({
      name: 'PurgeQueueInProgress',
      message: 'Only one PurgeQueue operation on q is allowed every 60 seconds.',
      Code: 'AWS.SimpleQueueService.PurgeQueueInProgress',
      $metadata: { httpStatusCode: 403 },
    });
    expect(sqs.byName('q')?.counts().visible).toBe(1);
    now += 1;
    await purge('q');
    expect(sqs.byName('q')?.counts().visible).toBe(0);
  });
});
