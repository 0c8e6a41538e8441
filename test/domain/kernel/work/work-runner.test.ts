import { describe, expect, it } from 'vitest';
import {
  createMemoryEventPublisher,
  createMemoryLogger,
} from '../../../../src/adapters/memory/index.ts';
import {
  accept,
  createWorkRunner,
  type Decision,
  type EventPublisher,
  InvariantViolation,
  type Metrics,
  type Once,
  type Outbox,
  type Outcome,
  refuse,
} from '../../../../src/domain/kernel/index.ts';
import { noPublisher } from '../../../../src/handlers/runtime/index.ts';
import {
  type Added,
  addTo,
  anEvent,
  type CounterState,
  counterEvents,
  memoryCounters,
  setTo,
} from '../../../support/counter.ts';
import { busThat, memoryService, unreachableBus } from '../../../support/memory-service.ts';

const load = { names: ['a'] };
const once = (key = crypto.randomUUID(), fingerprint = 'same'): Once => ({
  kind: 'command',
  key,
  fingerprint,
});

const setUp = (publisher: EventPublisher, outbox?: Outbox) => {
  // Publishers judge their deadline by the real clock.
  const service = memoryService();
  const catalogue = counterEvents;
  const options = outbox ? { catalogue, publisher, outbox } : { catalogue, publisher };
  const runner = service.runnerOf(memoryCounters, options);
  const run = (
    decide: (state: CounterState) => Decision<CounterState, { readonly value: number }, Added>,
    changes: object = {},
  ) =>
    runner.run({
      once: once(),
      load,
      decide,
      causation: { correlationid: 'request-1' },
      now: Date.parse('2026-01-02T03:04:05.678Z'),
      deadline: Date.now() + 10_000,
      ...changes,
    });
  return { ...service, run };
};

/** Two events, of which the bus may take one. */
const setTwo = (): Decision<CounterState, { readonly value: number }, Added> => {
  const [first, second] = [setTo('a', 1)(), setTo('b', 2)()];
  if (!first.accepted || !second.accepted) throw new Error('refused');
  return accept({ ...first, events: [...first.events, ...second.events] });
};

/** A runner whose work ends as it is told to, and what it does then. */
const endingWith = (outcome: Outcome, publisher: Partial<EventPublisher> = {}) => {
  const counted: (readonly [string, number])[] = [];
  const metrics: Metrics = { add: (name, value) => counted.push([name, value]) };
  const logger = createMemoryLogger();
  const marked: (readonly string[])[] = [];
  const asked: (readonly unknown[])[] = [];
  const runner = createWorkRunner({
    unitOfWork: { execute: async () => outcome as never },
    outbox: {
      markPublished: async (ids: readonly string[]) => {
        marked.push(ids);
      },
    } as Outbox,
    publisher: {
      publish: async (...request) => {
        asked.push(request);
        return request[0].map(() => ({ ok: true }));
      },
      ...publisher,
    },
    ids: { uuid: () => 'id' },
    logger,
    metrics,
    catalogue: counterEvents,
    region: 'us-east-1',
  });
  const run = (kind: Once['kind'] = 'command', changes: object = {}) =>
    runner.run({
      once: { kind } as Once,
      decide: () => refuse('No', 'no'),
      causation: { correlationid: 'r' },
      now: 0,
      deadline: 7_000,
      ...changes,
    });
  return { asked, counted, logger, marked, run };
};

describe('a work runner', () => {
  it.each([
    ['command', 'committed', 'CommandCommitted'],
    ['command', 'replayed', 'CommandReplayed'],
    ['command', 'refused', 'CommandRefused'],
    ['command', 'mismatched', 'CommandRefused'],
    ['event', 'committed', 'EventHandled'],
    ['event', 'replayed', 'EventDuplicate'],
    ['event', 'refused', 'CommandRefused'],
    ['event', 'mismatched', 'CommandRefused'],
  ] as const)('counts a %s that is %s as %s, and nothing else', async (kind, status, name) => {
    const { asked, counted, marked, run } = endingWith({ status, events: [] } as never);
    await run(kind);
    expect(counted).toEqual([[name, 1]]);
    expect([asked, marked]).toEqual([[], []]);
  });

  it.each(['committed', 'replayed', 'refused', 'mismatched'] as const)(
    'logs a command that is %s with its key, and the events that a consumer commits',
    async (status) => {
      const ids = Array.from({ length: 21 }, (_, at) => ({ id: `e-${at}` }));
      const { logger, run } = endingWith({ status, events: ids } as never);
      await run('command', { once: { kind: 'command', key: 'k', fingerprint: '' } });
      await run('event');
      const [line, ...others] = logger.lines.filter(({ level }) => level === 'info');
      expect(line?.message).toBe(`Command ${status}`);
      const events = { events: ids.slice(0, 20).map(({ id }) => id), eventCount: 21 };
      expect(others.map(({ message, fields }) => [message, fields])).toEqual(
        status === 'committed' ? [['Events committed', events]] : [],
      );
      expect(line?.fields).toEqual({ key: 'k', ...(status === 'committed' && events) });
    },
  );

  it('publishes until its deadline, and marks what was taken', async () => {
    const events = [anEvent('a'), anEvent('b')];
    const { asked, logger, marked, run } = endingWith({ status: 'committed', result: 0, events });
    await run();
    expect(asked).toEqual([[events, 7_000]]);
    expect(marked).toEqual([events.map(({ id }) => id)]);
    const fields = { key: undefined, events: events.map(({ id }) => id), eventCount: 2 };
    expect(logger.lines).toEqual([{ level: 'info', message: 'Command committed', fields }]);
  });

  it('marks nothing where the bus took nothing', async () => {
    const publish = async () => [{ ok: false, retryable: true, reason: 'away' }] as const;
    const outcome: Outcome = { status: 'committed', result: 0, events: [anEvent('a')] };
    const { marked, run } = endingWith(outcome, { publish });
    await run();
    expect(marked).toEqual([]);
  });

  it('says that a publisher has failed, though it had promised not to', async () => {
    const publish = async () => {
      throw new Error('no bus');
    };
    const outcome: Outcome = { status: 'committed', result: 0, events: [anEvent('a')] };
    const { counted, logger, marked, run } = endingWith(outcome, { publish });
    expect(await run()).toBe(outcome);
    expect(logger.lines).toMatchObject([
      { level: 'info', message: 'Command committed' },
      { level: 'warn', fields: { reason: 'Error: no bus' } },
      { level: 'warn', fields: { count: 1 } },
    ]);
    expect(counted).toContainEqual(['EventPublishFailed', 1]);
    expect(marked).toEqual([]);
  });

  it.each([Number.NaN, 8.64e15 + 1, 'today', undefined])(
    'refuses %s, at which nothing happens',
    async (now) => {
      const { asked, run } = endingWith({ status: 'committed', result: 0, events: [] });
      const running = run('command', { now: now as number });
      await expect(running).rejects.toThrow(
        new InvariantViolation('`now` must be milliseconds since the epoch'),
      );
      expect(asked).toEqual([]);
    },
  );

  it('gives events the Region, the time and the cause of their request', async () => {
    const publisher = createMemoryEventPublisher();
    const { run } = setUp(publisher);
    const causation = { correlationid: 'r', causationid: 'c', traceparent: '00-1-2-01' };
    await run(setTo('a', 7), { causation });
    expect(publisher.published).toEqual([
      {
        specversion: '1.0',
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        source: 'antipode.counting',
        type: 'Added',
        time: '2026-01-02T03:04:05.678Z',
        subject: 'a',
        datacontenttype: 'application/json',
        schemaversion: 1,
        originregion: 'us-east-1',
        aggregateversion: 7,
        ...causation,
        data: { name: 'a', value: 7 },
      },
    ]);
  });

  it('publishes only what is durable', async () => {
    const publisher = createMemoryEventPublisher();
    const { database, outbox, run } = setUp(publisher);
    const seen: unknown[] = [];
    publisher.subscribe(() => seen.push(database.begin().get('counters', 'a')));
    await run(setTo('a', 7));
    expect(seen).toEqual([7]);
    expect(await outbox.status()).toMatchObject({ pending: { count: 0 } });
  });

  it('warns of events that the bus has not taken, with the reason', async () => {
    const { logger, metrics, run } = setUp(unreachableBus());
    await run(setTwo);
    expect(metrics.sum('EventPublishFailed')).toBe(2);
    const lines = logger.lines.filter(({ level }) => level === 'warn');
    expect(lines).toMatchObject([
      { message: 'Events are left to the relay', fields: { count: 2, reason: expect.any(String) } },
    ]);
  });

  it('neither warns nor counts a failure where the function has no bus', async () => {
    const { logger, metrics, outbox, run } = setUp(noPublisher);
    expect(await run(setTwo)).toMatchObject({ status: 'committed' });
    expect(metrics.sum('EventPublishFailed')).toBe(0);
    expect(logger.lines).toMatchObject([{ level: 'info', message: 'Command committed' }]);
    expect(await outbox.status()).toMatchObject({ pending: { count: 2 } });
  });

  it('publishes once what twenty concurrent runs of one command have committed', async () => {
    const publisher = createMemoryEventPublisher();
    const { metrics, run } = setUp(publisher);
    const same = once();
    await Promise.all(Array.from({ length: 20 }, () => run(addTo('a', 1), { once: same })));
    expect(publisher.published).toHaveLength(1);
    expect(metrics.sum('CommandCommitted')).toBe(1);
    expect(metrics.sum('CommandReplayed')).toBe(19);
  });

  it('publishes each event of twenty commands that conflict, and none of a lost attempt', async () => {
    const publisher = createMemoryEventPublisher();
    const { metrics, run } = setUp(publisher);
    await Promise.all(Array.from({ length: 20 }, () => run(addTo('a', 1))));
    const versions = publisher.published.map(({ aggregateversion }) => aggregateversion);
    expect(versions.toSorted((left, right) => left - right)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    );
    expect(metrics.sum('OccConflict')).toBeGreaterThan(0);
  });

  it('publishes nothing for a replay', async () => {
    const publisher = createMemoryEventPublisher();
    const { run } = setUp(publisher);
    const same = once();
    const first = await run(addTo('a', 5), { once: same });
    const second = await run(addTo('a', 5), { once: same });
    expect(first).toMatchObject({ status: 'committed', result: { value: 5 } });
    expect(second).toEqual({ status: 'replayed', result: { value: 5 } });
    expect(publisher.published).toHaveLength(1);
  });

  it('publishes nothing for a refusal or for a key that was used for something else', async () => {
    const publisher = createMemoryEventPublisher();
    const { metrics, run } = setUp(publisher);
    const key = crypto.randomUUID();
    await run(setTo('a', 5), { once: once(key) });
    const mismatched = await run(setTo('a', 6), { once: once(key, 'other') });
    const refused = await run(addTo('a', 5, 4));
    expect([mismatched.status, refused.status]).toEqual(['mismatched', 'refused']);
    expect(publisher.published).toHaveLength(1);
    expect(metrics.sum('CommandRefused')).toBe(2);
  });

  it('publishes nothing when the work cannot be committed, and passes the fault on', async () => {
    const publisher = createMemoryEventPublisher();
    const { run } = setUp(publisher);
    const error = new Error('no decision');
    const decide = () => {
      throw error;
    };
    await expect(run(decide)).rejects.toBe(error);
    expect(publisher.published).toEqual([]);
  });

  it("begins no other attempt once the caller's signal is aborted", async () => {
    const { database, run } = setUp(createMemoryEventPublisher());
    const controller = new AbortController();
    let attempts = 0;
    const decide = (state: CounterState) => {
      attempts += 1;
      controller.abort();
      if (attempts > 1) return addTo('a', 1)(state);
      // Somebody else changes what was read: this attempt meets a conflict.
      const other = database.begin();
      other.put('counters', 'a', attempts);
      other.commit();
      return addTo('a', 1)(state);
    };
    const aborted = run(decide, { signal: controller.signal });
    await expect(aborted).rejects.toMatchObject({ kind: 'Conflict' });
    expect(attempts).toBe(1);
  });

  it('leaves to the relay what the bus did not take, and does not fail for it', async () => {
    const { logger, metrics, outbox, run } = setUp(unreachableBus());
    expect(await run(setTo('a', 5))).toMatchObject({ status: 'committed', result: { value: 5 } });
    expect(await outbox.status()).toMatchObject({ pending: { count: 1 } });
    expect(metrics.sum('EventPublishFailed')).toBe(1);
    expect(metrics.sum('EventPublished')).toBe(0);
    expect(logger.lines).toMatchObject([
      { message: 'Command committed' },
      { level: 'warn', fields: { count: 1 } },
    ]);
  });

  it('marks of two events only the one that the bus took', async () => {
    const bus = busThat(({ Detail }) =>
      JSON.parse(Detail).subject === 'a' ? { EventId: 'x' } : { ErrorCode: 'ThrottlingException' },
    );
    const { clock, metrics, outbox, run } = setUp(bus.publisher);
    await run(setTwo);
    expect(metrics.sum('EventPublished')).toBe(1);
    clock.advance(1e9);
    const shards = Array.from({ length: 16 }, (_, shard) => shard);
    const lanes = await outbox.due(shards, clock.now() + 1_000);
    const claim = { owner: 'relay', leaseMs: 1, rowsMax: 9 };
    const left = await Promise.all(lanes.map((lane) => outbox.claim({ ...lane, ...claim })));
    expect(left.flat().map(({ event }) => event.subject)).toEqual(['b']);
  });

  it('answers before the mark "published" is written', async () => {
    const { outbox } = memoryService();
    const markPublished = () => new Promise<void>(() => undefined);
    const { run } = setUp(createMemoryEventPublisher(), { ...outbox, markPublished });
    expect(await run(setTo('a', 5))).toMatchObject({ status: 'committed' });
  });

  it('survives a mark that cannot be written, and says so', async () => {
    const { outbox } = memoryService();
    const markPublished = async () => {
      throw new Error('away');
    };
    const { logger, run } = setUp(createMemoryEventPublisher(), { ...outbox, markPublished });
    expect(await run(setTo('a', 5))).toMatchObject({ status: 'committed' });
    await Promise.resolve();
    expect(logger.lines).toMatchObject([
      { message: 'Command committed' },
      { level: 'warn', fields: { reason: 'Error: away' } },
    ]);
  });

  it('counts the events that it handles and their duplicates', async () => {
    const { metrics, run } = setUp(createMemoryEventPublisher());
    const event: Once = { kind: 'event', consumer: 'sum', eventId: crypto.randomUUID() };
    await run(addTo('a', 1), { once: event });
    await run(addTo('a', 1), { once: event });
    expect(metrics.sum('EventHandled')).toBe(1);
    expect(metrics.sum('EventDuplicate')).toBe(1);
    expect(metrics.sum('CommandCommitted')).toBe(0);
  });

  it('reads nothing for work that says that it needs nothing', async () => {
    const { run } = setUp(createMemoryEventPublisher());
    await run(setTo('a', 5));
    const outcome = await run(addTo('a', 1), { load: null });
    expect(outcome).toMatchObject({ status: 'committed', result: { value: 1 } });
  });
});
