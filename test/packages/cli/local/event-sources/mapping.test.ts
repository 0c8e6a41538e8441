import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  type MappingDefinition,
  startMapping,
} from '../../../../../packages/cli/src/local/event-sources/index.ts';
import {
  FunctionThrottled,
  type InvocationResult,
} from '../../../../../packages/cli/src/local/lambda/index.ts';
import { createOutage, noOutage } from '../../../../../packages/cli/src/local/outage.ts';
import { createSqs, readQueue } from '../../../../../packages/cli/src/local/sqs/index.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const arnOf = (name: string): string => `arn:aws:sqs:us-east-1:000000000000:${name}`;

type Record = {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
};

/** Answers a batch; a text is its payload. */
type Handle = (records: readonly Record[]) => string | Promise<string>;

const failed = (...records: readonly Record[]): string =>
  JSON.stringify({
    batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })),
  });

/** A mapping of a queue to a function in this process. */
const mapped = (
  handle: Handle,
  {
    queue: properties = {},
    fifo = false,
    speed = 1,
    ...changes
  }: Partial<MappingDefinition> & {
    readonly queue?: object;
    readonly fifo?: boolean;
    readonly speed?: number;
  } = {},
) => {
  const clock = createLocalClock({ speed });
  const name = fifo ? 'work.fifo' : 'work';
  const dead = fifo ? 'dead.fifo' : 'dead';
  const RedrivePolicy = { deadLetterTargetArn: arnOf(dead), maxReceiveCount: 2 };
  const type = fifo ? { FifoQueue: true } : {};
  const sqs = createSqs({
    account: place.account,
    clock,
    queues: [
      readQueue(
        { VisibilityTimeout: 30, RedrivePolicy, ...type, ...properties },
        { name, ...place },
      ),
      readQueue(type, { name: dead, ...place }),
    ],
  });
  const [queue, deadLetters] = sqs.queues;
  if (!queue || !deadLetters) throw new Error('there are no queues');
  const batches: Record[][] = [];
  const log: string[] = [];
  const definition: MappingDefinition = {
    ...{ id: 'id', arn: 'arn', queueArn: arnOf(name), functionArn: 'fn' },
    ...{ batchSize: 10, windowSeconds: 0, concurrencyMax: undefined },
    ...{ reportsFailures: true, isEnabled: true },
    ...changes,
  };
  const invoke = async (payload: string): Promise<InvocationResult> => {
    const { Records } = JSON.parse(payload);
    batches.push(Records);
    return { requestId: 'r', logTail: '', payload: await handle(Records) };
  };
  const send = (...bodies: readonly string[]): void => {
    for (const body of bodies) {
      const order = fifo ? { groupId: body[0] ?? '', deduplicationId: body.slice(0, 8) } : {};
      queue.send({ body, attributes: {}, ...order });
    }
  };
  const start = (
    target: Parameters<typeof startMapping>[0]['target'] = { invoke },
    outage = noOutage,
  ) => {
    const running = startMapping({
      ...{ definition, queue, target, clock, outage },
      onLog: (line) => log.push(line),
    });
    onTestFinished(async () => {
      running.stop();
      await sqs.stop();
    });
    return running;
  };
  const bodies = () => batches.map((records) => records.map(({ body }) => body));
  return { queue, deadLetters, batches, bodies, log, send, start };
};

const ten = Array.from({ length: 10 }, (_, index) => `m${index}`);

describe('a mapping of a queue', () => {
  it('hands a batch to the function in the form of Lambda, and deletes it', async () => {
    const { queue, batches, send, start } = mapped(() => 'null');
    send(...ten);
    await start().idle();
    expect(batches).toHaveLength(1);
    expect(batches[0]?.map(({ body }) => body)).toEqual(ten);
    expect(batches[0]?.[0]).toMatchObject({
      messageId: expect.stringMatching(/^[\da-f-]{36}$/),
      attributes: { ApproximateReceiveCount: '1', SenderId: expect.any(String) },
      md5OfBody: expect.stringMatching(/^[\da-f]{32}$/),
      ...{ eventSource: 'aws:sqs', eventSourceARN: arnOf('work'), awsRegion: 'us-east-1' },
    });
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('leaves the messages that the function names in flight, and deletes the others', async () => {
    const { queue, bodies, send, start } = mapped((records) => failed(...records.slice(3, 5)));
    send(...ten);
    start();
    await expect.poll(() => queue.counts()).toEqual({ visible: 0, inFlight: 2, delayed: 0 });
    expect(bodies()).toEqual([ten]);
  });

  it('brings a message back after its visibility timeout, and at last to the dead letters', async () => {
    const { deadLetters, batches, send, start } = mapped((records) => failed(...records), {
      queue: { VisibilityTimeout: 0.1 },
    });
    send('m');
    await start().idle();
    expect(batches.map(([one]) => one?.attributes.ApproximateReceiveCount)).toEqual(['1', '2']);
    const [dead] = await deadLetters.receive({ max: 1 });
    expect(dead).toMatchObject({ body: 'm', deadLetterSourceArn: arnOf('work') });
  });

  it.each([
    ['cannot be read', () => '{"batchItemFailures":[{"itemIdentifier":""}]}', 'malformed'],
    [
      'is an error',
      () => {
        throw new Error('broken glass');
      },
      'broken glass',
    ],
  ])('takes the whole batch for failed when the answer %s', async (_, handle: Handle, reason) => {
    const { queue, log, send, start } = mapped(handle);
    send(...ten);
    start();
    await expect.poll(() => log).toEqual([expect.stringContaining(reason)]);
    expect(log[0]).toMatch(/^10 messages of queue work go back to it: /);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 10, delayed: 0 });
  });

  it('takes the whole batch for failed when the function fails', async () => {
    const { queue, log, send, start } = mapped(() => '');
    send('m');
    start({
      invoke: async () => ({
        ...{ requestId: 'r', logTail: '', payload: '{}' },
        functionError: 'Unhandled',
      }),
    });
    await expect
      .poll(() => log)
      .toEqual(['1 message of queue work go back to it: the function failed']);
    expect(queue.counts().inFlight).toBe(1);
  });

  it('ignores the names of failed messages unless it reports failures', async () => {
    const { queue, send, start } = mapped((records) => failed(...records), {
      reportsFailures: false,
    });
    send(...ten);
    await start().idle();
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('tries a throttled batch again, until the queue shows its messages to others', async () => {
    const { log, send, start, queue } = mapped(() => 'null', {
      queue: { VisibilityTimeout: 0.4 },
    });
    let asked = 0;
    send('m');
    start({
      invoke: async () => {
        asked += 1;
        throw new FunctionThrottled(0);
      },
    });
    await expect
      .poll(() => log)
      .toContainEqual('1 message of queue work go back to it: the function is throttled');
    expect(asked).toBeGreaterThan(1);
    // Two receives, and then the redrive policy takes it away.
    await expect.poll(() => queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  it('waits for its batching window, or until the batch is full', async () => {
    const { bodies, send, start } = mapped(() => 'null', {
      ...{ batchSize: 12, windowSeconds: 300, speed: 1_000 },
    });
    const running = start();
    send('m0');
    await new Promise((resolve) => setTimeout(resolve, 20));
    send('m1');
    await running.idle();
    expect(bodies()).toEqual([['m0', 'm1']]);
    const twelve = [...ten, 'm10', 'm11'];
    send(...twelve);
    await running.idle();
    expect(bodies()[1]).toEqual(twelve);
  });

  it('runs at most as many batches at a time as its maximum concurrency', async () => {
    let underWay = 0;
    let most = 0;
    const { send, start } = mapped(
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 10));
        underWay -= 1;
        return 'null';
      },
      { batchSize: 1, concurrencyMax: 2 },
    );
    send(...ten);
    await start().idle();
    expect(most).toBe(2);
  });

  it('cuts a batch that is larger than an event of a function', async () => {
    const { bodies, send, start } = mapped(() => 'null');
    send(...ten.map((one) => one.padEnd(1024 * 1024, '.')));
    await start().idle();
    expect(bodies().map(({ length }) => length)).toEqual([5, 5]);
  });

  it('does not read its queue while it is disabled', async () => {
    const { queue, batches, send, start } = mapped(() => 'null', { isEnabled: false });
    send('m');
    await start().idle();
    expect(queue.counts()).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
    expect(batches).toEqual([]);
  });

  it('does not read its queue while its Region is lost', async () => {
    const outage = createOutage();
    const { queue, bodies, send, start } = mapped(() => 'null');
    outage.begin();
    send('m');
    start(undefined, outage);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(queue.counts().visible).toBe(1);
    outage.end();
    await expect.poll(bodies).toEqual([['m']]);
  });

  it('reads no more once it is stopped', async () => {
    const { queue, send, start } = mapped(() => 'null');
    const running = start();
    running.stop();
    send('m');
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(queue.counts().visible).toBe(1);
  });
});

describe('a mapping of a FIFO queue', () => {
  it('keeps the order of each group, and holds a group back behind a failure', async () => {
    const handled: string[] = [];
    let isBroken = true;
    const handle: Handle = (records) => {
      const rest = records.findIndex(({ body }) => isBroken && body === 'a2');
      const done =
        rest < 0 ? records : records.filter(({ body }, at) => at < rest || body[0] === 'b');
      handled.push(...done.map(({ body }) => body));
      return failed(...records.filter((one) => !done.includes(one)));
    };
    const { send, start } = mapped(handle, { fifo: true, queue: { VisibilityTimeout: 0.5 } });
    send('a1', 'a2', 'b1', 'a3', 'b2');
    const running = start();
    await expect.poll(() => handled).toEqual(['a1', 'b1', 'b2']);
    isBroken = false;
    await running.idle();
    expect(handled).toEqual(['a1', 'b1', 'b2', 'a2', 'a3']);
  });

  it('does not go on with a batch whose first part has failed', async () => {
    const { queue, bodies, log, send, start } = mapped(
      () => {
        throw new Error('broken glass');
      },
      { fifo: true },
    );
    const large = Array.from({ length: 8 }, (_, index) => `a${index}`.padEnd(1024 * 1024, '.'));
    send(...large);
    start();
    await expect.poll(() => log).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(bodies().map((batch) => batch.map((body) => body.slice(0, 2)))).toEqual([
      ['a0', 'a1', 'a2', 'a3', 'a4'],
    ]);
    expect(queue.counts()).toEqual({ visible: 0, inFlight: 8, delayed: 0 });
  });
});
