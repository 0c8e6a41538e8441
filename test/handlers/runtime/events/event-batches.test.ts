import { number, object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  accept,
  type DeadLetter,
  declareEvents,
  type EventEnvelope,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { createEventHandler, noPublisher } from '../../../../src/handlers/runtime/index.ts';
import { anEvent, memoryCounters } from '../../../support/counter.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';
import { memoryService } from '../../../support/memory-service.ts';

const catalogue = declareEvents('antipode.counting', {
  Added: { version: 1, schema: object({ name: string(), value: number() }) },
});

/**
 * Sums the events in the order in which it handles them, and fails at those that it is told of: at
 * once, or at the end of the time that it is given.
 */
const setUp = async (
  remainingMs: (done: number) => number = () => 30_000,
  { receivesMax }: { readonly receivesMax?: number } = {},
) => {
  const parts = await handlerParts();
  const { database, runnerOf } = memoryService(parts.clock);
  const runner = runnerOf(memoryCounters, { catalogue, publisher: noPublisher });
  const letters: DeadLetter[] = [];
  const deadlines: number[] = [];
  const failing = new Set<string>();
  const slow = new Set<string>();
  let spentMs = 0;
  const runs: string[] = [];
  const spans: number[] = [];
  const handler = createEventHandler({
    ...parts,
    consumer: 'sum',
    catalogue,
    receivesMax,
    deadLetters: {
      send: async (letter, deadline) => {
        deadlines.push(deadline);
        letters.push(letter);
      },
    },
    consume: (event, run) => {
      runs.push(event.id);
      spans.push(run.deadline - run.now);
      if (slow.has(event.id)) spentMs += run.deadline - run.now;
      if (slow.has(event.id) || failing.has(event.id)) throw new Unavailable('away');
      return runner.run({
        ...run,
        load: { names: ['sum'] },
        decide: ({ counters }) =>
          accept({
            state: { counters: { sum: (counters['sum'] ?? 0) + event.data.value } },
            events: [],
            result: null,
          }),
      });
    },
  });
  const getRemainingTimeInMillis = () => remainingMs(runs.length) - spentMs;
  const context = { ...lambdaContext(), getRemainingTimeInMillis };
  const invoke = (event: unknown) => asLambda<unknown>(handler)(event, context);
  const sum = () => database.begin().get<number>('counters', 'sum');
  return { ...parts, invoke, letters, deadlines, failing, slow, runs, spans, sum };
};

/** An event as EventBridge writes it into a queue or hands it to a function (recorded 2026-11). */
const busEvent = (detail: unknown) => ({
  version: '0',
  id: '7bf73129-1428-4cd3-a780-95db273d1602',
  'detail-type': 'Added',
  source: 'antipode.counting',
  account: '123456789012',
  time: '2026-11-11T21:29:54Z',
  region: 'us-east-1',
  resources: [],
  detail,
});

/** A message as Lambda hands it over, with the fields of the developer guide's sample. */
const message = (
  messageId: string,
  body: string,
  {
    group,
    queue = 'orders',
    receives = 1,
  }: { group?: string; queue?: string; receives?: number } = {},
) => ({
  messageId,
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a...',
  body,
  attributes: {
    ApproximateReceiveCount: String(receives),
    SentTimestamp: '1545082649183',
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    ApproximateFirstReceiveTimestamp: '1545082649185',
    ...(group === undefined
      ? {}
      : { MessageGroupId: group, SequenceNumber: '18849496460467696128' }),
  },
  messageAttributes: {},
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:us-east-1:123456789012:${queue}`,
  awsRegion: 'us-east-1',
});

const inMessage = (event: EventEnvelope, options?: Parameters<typeof message>[2]) =>
  message(`m-${event.id}`, JSON.stringify(busEvent(event)), options);

const events = (count: number) => Array.from({ length: count }, () => anEvent());

const failuresOf = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('messages of a queue', () => {
  it('are all done: the answer names none', async () => {
    const { invoke, sum } = await setUp();
    const Records = events(10).map((event) => inMessage(event));
    expect(await invoke({ Records })).toEqual(failuresOf());
    expect(sum()).toBe(10);
  });

  it.each([
    ['an unknown type', { type: 'Removed' }],
    ['a newer version', { schemaversion: 2 }],
    ['data that do not fit', { data: {} }],
  ])(
    'with one of %s cost only that one: nine are done once, it is in the dead letters',
    async (_, part) => {
      const { invoke, letters, runs, sum } = await setUp();
      const ten = events(10);
      const Records = ten.map((event, at) => inMessage(at === 4 ? { ...event, ...part } : event));
      expect(await invoke({ Records })).toEqual(failuresOf());
      expect(await invoke({ Records: Records.toSpliced(4, 1) })).toEqual(failuresOf());
      expect(sum()).toBe(9);
      expect(runs).not.toContain(ten[4]?.id);
      expect(letters).toMatchObject([
        { payload: busEvent({ ...ten[4], ...part }), cause: { name: 'InvalidInput' }, attempts: 1 },
      ]);
    },
  );

  it('have the ids of their own event in each line of the log', async () => {
    const { failing, invoke, logger } = await setUp();
    const three = events(3).map((event, at) => ({ ...event, correlationid: `c-${at}` }));
    failing.add(three[0]?.id ?? '').add(three[1]?.id ?? '');
    await expect(invoke(three.map(busEvent))).rejects.toThrow('away');
    const lines = logger.lines.map(({ message, fields }) => [
      ...[message, fields['correlationid'], fields['causationid']],
    ]);
    expect(lines).toEqual([
      ['Event failed', 'c-1', three[1]?.id],
      ['Event handled', 'c-2', three[2]?.id],
      ['Invocation failed', 'c-0', three[0]?.id],
    ]);
  });

  it('with one that fails are all done but that one, which comes again', async () => {
    const { failing, invoke, logger, sum } = await setUp();
    const ten = events(10);
    const bad = ten[4] as EventEnvelope;
    failing.add(bad.id);
    const Records = ten.map((event) => inMessage(event));
    expect(await invoke({ Records })).toEqual(failuresOf(`m-${bad.id}`));
    expect(sum()).toBe(9);
    const warned = logger.lines.filter(({ level }) => level !== 'info');
    expect(warned).toMatchObject([
      {
        ...{ level: 'error', message: 'Event failed' },
        fields: { messageId: `m-${bad.id}`, correlationid: bad.correlationid, causationid: bad.id },
      },
      { level: 'warn', message: 'Messages go back to their queue', fields: { failed: 1, of: 10 } },
    ]);
    failing.clear();
    const again = { Records: [inMessage(bad, { receives: 2 })] };
    expect(await invoke(again)).toEqual(failuresOf());
    expect(sum()).toBe(10);
  });

  it('are dead letters with their cause at the last delivery, and done for the queue', async () => {
    const { failing, invoke, letters, logger, sum } = await setUp(undefined, { receivesMax: 3 });
    const [good, bad] = events(2) as [EventEnvelope, EventEnvelope];
    failing.add(bad.id);
    const batch = (receives: number) => ({
      Records: [good, bad].map((event) => inMessage(event, { receives })),
    });
    expect(await invoke(batch(2))).toEqual(failuresOf(`m-${bad.id}`));
    expect(letters).toEqual([]);
    expect(await invoke(batch(3))).toEqual(failuresOf());
    expect(letters).toMatchObject([
      { payload: busEvent(bad), cause: { name: 'Unavailable', message: 'away' }, attempts: 3 },
    ]);
    expect(sum()).toBe(1);
    expect(
      logger.lines.filter(({ level }) => level !== 'info').map(({ message }) => message),
    ).toEqual([
      ...['Event failed', 'Messages go back to their queue'],
      ...['Event failed', 'Event put into the dead letters'],
    ]);
  });

  it('have whole milliseconds for their dead letters, however the time is shared', async () => {
    const { invoke, deadlines } = await setUp(() => 20_001);
    const Records = events(7).map((event) => inMessage({ ...event, type: 'Removed' }));
    expect(await invoke({ Records })).toEqual(failuresOf());
    expect(deadlines).toHaveLength(7);
    expect(deadlines.every(Number.isSafeInteger)).toBe(true);
  });

  it('keep their text in the dead letters, numbers included', async () => {
    const { invoke, letters } = await setUp();
    const text = JSON.stringify(busEvent({ ...anEvent(), data: { name: 'x', value: 'LARGE' } }));
    const body = text.replace('"LARGE"', '[9007199254740993,1.50]');
    const alone = JSON.stringify({ ...anEvent(), type: 'Removed' });
    expect(await invoke({ Records: [message('m-1', body), message('m-2', alone)] })).toEqual(
      failuresOf(),
    );
    expect(letters.map(({ payloadText }) => payloadText)).toEqual([body, `{"detail":${alone}}`]);
  });

  it('may hold the envelope alone, or no JSON at all', async () => {
    const { invoke, letters, sum } = await setUp();
    const alone = message('m-1', JSON.stringify(anEvent()));
    const text = message('m-2', 'no JSON', { receives: 3 });
    expect(await invoke({ Records: [alone, text] })).toEqual(failuresOf());
    expect(sum()).toBe(1);
    expect(letters).toMatchObject([{ payload: 'no JSON', attempts: 3 }]);
  });

  it('go back without an attempt where no time is left for them', async () => {
    const { invoke, runs } = await setUp((done) => (done < 3 ? 1_000 : 999));
    const four = events(4);
    const Records = four.map((event) => inMessage(event));
    expect(await invoke({ Records })).toEqual(failuresOf(`m-${four[3]?.id}`));
    expect(runs).toEqual(four.slice(0, 3).map(({ id }) => id));
  });

  it('each get their share of the time: one that takes all of its share leaves the others theirs', async () => {
    const { invoke, slow, sum } = await setUp();
    const ten = events(10);
    const last = ten[9] as EventEnvelope;
    for (const { id } of [...ten.slice(0, 4), last]) slow.add(id);
    const Records = ten.map((event) => inMessage(event));
    const late = [...ten.slice(0, 4), last].map(({ id }) => `m-${id}`);
    expect(await invoke({ Records })).toEqual(failuresOf(...late));
    expect(sum()).toBe(5);
  });

  it('share the time that is left: the last one may take all of it', async () => {
    const { invoke, spans } = await setUp();
    await invoke({ Records: events(3).map((event) => inMessage(event)) });
    expect(spans).toEqual([10_000, 15_000, 30_000].map((ms) => ms - 500));
  });

  it('get no less than one second each', async () => {
    const { invoke, spans } = await setUp(() => 2_000);
    await invoke({ Records: events(10).map((event) => inMessage(event)) });
    expect(spans.slice(0, 9)).toEqual(Array.from({ length: 9 }, () => 500));
  });
});

describe('messages of a FIFO queue', () => {
  const fifo = { queue: 'orders.fifo' };

  it('stop in a group at its first failure, and other groups go on', async () => {
    const { failing, invoke, runs } = await setUp();
    const [a1, b1, a2, b2, a3] = events(5) as [
      EventEnvelope,
      EventEnvelope,
      EventEnvelope,
      EventEnvelope,
      EventEnvelope,
    ];
    failing.add(a2.id);
    const inGroup = (event: EventEnvelope, group: string) => inMessage(event, { ...fifo, group });
    const Records = [
      ...[inGroup(a1, 'a'), inGroup(b1, 'b'), inGroup(a2, 'a')],
      ...[inGroup(b2, 'b'), inGroup(a3, 'a')],
    ];
    expect(await invoke({ Records })).toEqual(failuresOf(`m-${a2.id}`, `m-${a3.id}`));
    expect(runs).toEqual([a1.id, b1.id, a2.id, b2.id]);
  });

  it('go on in a group behind one that is in the dead letters', async () => {
    const { invoke, letters, sum } = await setUp();
    const [bad, good] = events(2) as [EventEnvelope, EventEnvelope];
    const Records = [
      inMessage({ ...bad, type: 'Removed' }, { ...fifo, group: 'a' }),
      inMessage(good, { ...fifo, group: 'a' }),
    ];
    expect(await invoke({ Records })).toEqual(failuresOf());
    expect([sum(), letters.length]).toEqual([1, 1]);
  });

  it('are told from those of a standard queue, whose groups share it fairly and keep no order', async () => {
    const { failing, invoke, sum } = await setUp();
    const [bad, good] = events(2) as [EventEnvelope, EventEnvelope];
    failing.add(bad.id);
    const Records = [inMessage(bad, { group: 'a' }), inMessage(good, { group: 'a' })];
    expect(await invoke({ Records })).toEqual(failuresOf(`m-${bad.id}`));
    expect(sum()).toBe(1);
  });
});

describe('a list of events in one invocation', () => {
  it('is handled in its order', async () => {
    const { invoke, runs } = await setUp();
    const three = events(3);
    expect(await invoke(three.map(busEvent))).toEqual({ handled: 3 });
    expect(runs).toEqual(three.map(({ id }) => id));
  });

  it('is thrown back whole where one fails, and its repetition does nothing twice', async () => {
    const { failing, invoke, sum } = await setUp();
    const three = events(3);
    failing.add(String(three[1]?.id));
    await expect(invoke(three.map(busEvent))).rejects.toThrow('away');
    expect(sum()).toBe(2);
    failing.clear();
    expect(await invoke(three.map(busEvent))).toEqual({ handled: 3 });
    expect(sum()).toBe(3);
  });

  it('may hold one that cannot be read, which goes to the dead letters alone', async () => {
    const { invoke, letters, sum } = await setUp();
    const three = events(3).map((event, at) => (at === 1 ? { ...event, type: 'Removed' } : event));
    expect(await invoke(three.map(busEvent))).toEqual({ handled: 3 });
    expect([sum(), letters.length]).toEqual([2, 1]);
  });
});
