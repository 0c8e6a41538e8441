import { describe, expect, it } from 'vitest';
import { createMemoryUnitOfWork } from '../../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../../src/adapters/system/index.ts';
import {
  Conflict,
  createCleanup,
  createRelay,
  createRetrier,
  createWorkRunner,
  type EventPublisher,
  type Outbox,
} from '../../../../src/domain/kernel/index.ts';
import { anEvent, counterEvents, memoryCounters, setTo } from '../../../support/counter.ts';
import {
  acceptingBus,
  graceMs,
  memoryService,
  unreachableBus,
} from '../../../support/memory-service.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const throws = (): never => {
  throw new Error('the log is full');
};
const logger = { debug: throws, info: throws, warn: throws, error: throws };
const metrics = { add: throws };

const runnerWith = (publisher: EventPublisher, changes: Partial<Outbox> = {}) => {
  const { database, outbox, retrier } = memoryService();
  const { insert: outboxInsert } = outbox;
  const parts = { database, repository: memoryCounters, outboxInsert, retrier };
  const runner = createWorkRunner({
    unitOfWork: createMemoryUnitOfWork(parts),
    outbox: { ...outbox, ...changes },
    publisher,
    ids: systemIds,
    catalogue: counterEvents,
    logger,
    metrics,
    region: 'us-east-1',
  });
  return runner.run({
    once: { kind: 'command', key: 'k', fingerprint: 'f' },
    load: { names: ['a'] },
    decide: setTo('a', 7),
    causation: { correlationid: 'r' },
    now: 0,
    deadline: Date.now() + 10_000,
  });
};

describe('with a logger and metrics that throw', () => {
  it('a command that has committed answers with its result', async () => {
    const committed = { status: 'committed', result: { value: 7 } };
    expect(await runnerWith(acceptingBus().publisher)).toMatchObject(committed);
    expect(await runnerWith(unreachableBus())).toMatchObject(committed);
  });

  it('a mark that cannot be written leaves no rejection behind', async () => {
    const markPublished = async (): Promise<never> => throws();
    const outcome = await runnerWith(acceptingBus().publisher, { markPublished });
    expect(outcome).toMatchObject({ status: 'committed' });
    // Vitest fails a run in which a rejection is unhandled.
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('an attempt that has lost a conflict runs again', async () => {
    const clock = manualClock();
    const retrier = createRetrier({ clock, random: always(0.5), metrics });
    const attempt = async (number: number) => {
      if (number < 3) throw new Conflict('lost');
      return number;
    };
    expect(await retrier.run(attempt, clock.now() + 10_000)).toBe(3);
    const lose = async () => {
      clock.advance(10);
      throw new Conflict('lost');
    };
    await expect(retrier.run(lose, clock.now() + 1_000)).rejects.toMatchObject({
      kind: 'Conflict',
    });
  });

  it('a relay publishes, and says what it did', async () => {
    const { clock, insert, outbox } = memoryService(manualClock(Date.now()));
    insert({ ...anEvent(), time: new Date(clock.now()).toISOString() });
    clock.advance(graceMs);
    const relay = createRelay({
      outbox,
      publisher: acceptingBus().publisher,
      clock,
      random: always(0.5),
      ids: systemIds,
      logger,
      metrics,
      region: 'us-east-1',
      shards: Array.from({ length: 16 }, (_, shard) => shard),
      takeoverAgeMs: 600_000,
    });
    expect(await relay.run(clock.now() + 30_000)).toMatchObject({ published: 1 });
  });

  it('a cleanup goes on behind a conflict, and says what it did', async () => {
    const clock = manualClock();
    let purges = 0;
    const purge = async () => {
      purges += 1;
      if (purges === 1) throw new Conflict('another one');
      return 1;
    };
    const expired = async () =>
      Array.from({ length: 3 }, (_, shard) => ({ kind: 'inbox' as const, shard }));
    const deps = { records: { expired, purge }, clock, random: always(0), logger, metrics };
    const report = await createCleanup(deps).run(clock.now() + 30_000);
    expect([report.inbox, purges]).toEqual([2, 3]);
  });
});

describe('a publisher that rejects in spite of its promise', () => {
  it('leaves its events to the relay, and the command answers with its result', async () => {
    const outcome = await runnerWith({ publish: () => Promise.reject(new Error('no bus')) });
    expect(outcome).toMatchObject({ status: 'committed', result: { value: 7 } });
  });
});
