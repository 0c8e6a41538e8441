import { describe, expect, it } from 'vitest';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import {
  Conflict,
  createRelay,
  type EventPublisher,
  type Metrics,
  type Outbox,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { relayContract } from '../../../contracts/relay.ts';
import { describeSuite, refusesWrong } from '../../../contracts/suite.ts';
import { wrongRelays } from '../../../contracts/wrong/relay.ts';
import { anEvent } from '../../../support/counter.ts';
import { acceptingBus } from '../../../support/memory-service.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const takeoverAgeMs = 600_000;
const createSubject = async () => createRelay;

describeSuite('a relay of the kernel', relayContract(createSubject));
refusesWrong('a relay must not do', wrongRelays, relayContract, createSubject);

describe("a relay's run", () => {
  const event = anEvent('a');
  const lane = { shard: 3, origin: 'us-east-1' };
  const claimed = { event, attempts: 1 };

  /** A run over an outbox that answers as it is told to, and what the run asks and says. */
  const runOver = (
    answers: Partial<Outbox> = {},
    publisher: EventPublisher = acceptingBus().publisher,
    dueMs = 0,
  ) => {
    const asked: (readonly [string, ...unknown[]])[] = [];
    const counted: (readonly [string, number])[] = [];
    const metrics: Metrics = { add: (name, value) => counted.push([name, value]) };
    const logger = createMemoryLogger();
    const clock = manualClock(Date.now());
    let claims = 0;
    const outbox: Outbox = {
      markPublished: async () => undefined,
      due: async () => {
        clock.advance(dueMs);
        return [lane];
      },
      claim: async () => {
        claims += 1;
        return claims === 1 ? [claimed] : [];
      },
      settle: async () => undefined,
      expired: async (_, shards) => shards,
      purge: async () => 0,
      status: async () => ({
        pending: { count: 0, orMore: false },
        dead: { count: 0, orMore: false },
        oldestAgeMs: 0,
      }),
      redrive: async () => 0,
      ...answers,
    };
    const watched = Object.fromEntries(
      Object.entries(outbox).map(([name, call]) => [
        name,
        (...parameters: readonly unknown[]) => {
          asked.push([name, ...parameters]);
          return (call as (...all: readonly unknown[]) => unknown)(...parameters);
        },
      ]),
    ) as unknown as Outbox;
    const relay = createRelay({
      outbox: watched,
      publisher,
      clock,
      random: always(0.5),
      ids: { uuid: () => crypto.randomUUID() },
      logger,
      metrics,
      region: 'us-east-1',
      shards: [3, 4],
      takeoverAgeMs,
    });
    const named = (name: string) => asked.filter(([called]) => called === name);
    return { asked, clock, counted, logger, named, relay };
  };

  it.each(['due', 'claim', 'settle', 'expired', 'purge', 'status'] as const)(
    'fails with the fault of %s, which only a conflict may hide',
    async (step) => {
      for (const fault of [new Unavailable('away'), new Error('bug')]) {
        const failing = async () => {
          throw fault;
        };
        const { clock, relay } = runOver({ [step]: failing });
        await expect(relay.run(clock.now() + 30_000)).rejects.toBe(fault);
      }
    },
  );

  it('claims nothing when a conflict hides what is due', async () => {
    const { clock, named, relay } = runOver({
      due: async () => {
        throw new Conflict('lost');
      },
    });
    await relay.run(clock.now() + 30_000);
    expect([named('due').length, named('claim')]).toEqual([1, []]);
  });

  it('claims for a minute and 500 rows, under a name that no other run has', async () => {
    const { clock, named, relay } = runOver();
    await relay.run(clock.now() + 30_000);
    const [first, second] = named('claim').map(([, claim]) => claim as { owner: string });
    expect(first).toEqual({ ...lane, owner: expect.any(String), leaseMs: 60_000, rowsMax: 500 });
    expect(second).toEqual(first);
    expect(named('settle')).toEqual([['settle', first?.owner, [event.id], []]]);
    const other = runOver();
    await other.relay.run(other.clock.now() + 30_000);
    const [, foreign] = other.named('claim')[0] as unknown as [string, { owner: string }];
    expect(foreign.owner).not.toBe(first?.owner);
  });

  it('publishes until its own deadline, which ends before the lease of a claim', async () => {
    const deadlines: number[] = [];
    const publish: EventPublisher['publish'] = async (events, deadline) => {
      deadlines.push(deadline);
      return events.map(() => ({ ok: true }));
    };
    const { clock, relay } = runOver({}, { publish });
    await relay.run(clock.now() + 30_000);
    expect(deadlines).toEqual([clock.now() + 30_000]);
  });

  it('takes only old rows of another Region, and rows of any age of its own', async () => {
    const peer = { shard: 4, origin: 'us-west-2' };
    const { clock, named, relay } = runOver({
      due: async () => [lane, peer],
      claim: async () => [],
    });
    await relay.run(clock.now() + 30_000);
    expect(named('claim')).toMatchObject([
      ['claim', lane],
      ['claim', { ...peer, ageMsMin: takeoverAgeMs }],
    ]);
    expect(named('claim')[0]?.[1]).not.toHaveProperty('ageMsMin');
  });

  it('says in its metrics what it did and what it found', async () => {
    const status = async () => ({
      pending: { count: 5, orMore: false },
      dead: { count: 3, orMore: false },
      oldestAgeMs: 7_000,
    });
    const purge: Outbox['purge'] = async ({ shard }) => shard;
    const { clock, counted, relay } = runOver({ status, purge });
    expect(await relay.run(clock.now() + 30_000)).toEqual({
      published: 1,
      failed: 0,
      dead: 0,
      purged: 7,
      hasMore: false,
    });
    expect(counted).toEqual([
      ['OutboxRelayed', 1],
      ['RecordPurged', 7],
      ['OutboxDead', 3],
      ['OutboxOldestAgeMs', 7_000],
    ]);
  });

  it.each([
    [{ ok: false, retryable: false, reason: 'refused' }, undefined, 1],
    [{ ok: false, retryable: true, reason: 'throttled' }, 500, 0],
    [undefined, 500, 0],
  ] as const)(
    'settles a row whose result is %j by waiting %s ms',
    async (result, retryInMs, dead) => {
      const publish = async () => (result ? [result] : []);
      const { clock, logger, named, relay } = runOver({}, { publish });
      expect(await relay.run(clock.now() + 30_000)).toMatchObject({
        published: 0,
        failed: 1,
        dead,
      });
      const reason = result?.reason ?? 'no result';
      expect(named('settle')[0]?.slice(2)).toEqual([
        [],
        [{ eventId: event.id, reason, retryInMs }],
      ]);
      const { id, type, correlationid } = event;
      const about = { event: id, type, attempts: 1, reason, correlationid, causationid: id };
      expect(logger.lines).toEqual(
        dead === 0
          ? [
              {
                ...{ level: 'info', message: 'Event not published' },
                fields: { ...about, retryInMs },
              },
            ]
          : [
              { level: 'warn', message: 'Event is dead', fields: about },
              { level: 'warn', message: expect.any(String), fields: { count: 1 } },
            ],
      );
    },
  );

  it('begins nothing that it has no time for, and looks at what there is all the same', async () => {
    const { asked, clock, relay } = runOver();
    await relay.run(clock.now() + 2_000);
    expect(asked.map(([name]) => name)).toEqual(['status']);
    const late = runOver({}, acceptingBus().publisher, 28_000);
    await late.relay.run(late.clock.now() + 30_000);
    expect(late.asked.map(([name]) => name)).toEqual(['due', 'status']);
    const just = runOver({}, acceptingBus().publisher, 27_999);
    await just.relay.run(just.clock.now() + 30_000);
    expect(just.named('claim')).toHaveLength(2);
  });

  it('deletes nothing where no replay window has ended', async () => {
    const { clock, named, relay } = runOver({ expired: async () => [4] });
    await relay.run(clock.now() + 30_000);
    expect(named('expired')).toEqual([['expired', 'us-east-1', [3, 4], clock.now() + 30_000]]);
    expect(named('purge').map(([, asked]) => (asked as { shard: number }).shard)).toEqual([4]);
  });

  it('deletes a thousand rows of its own Region at once, again where there may be more', async () => {
    let rounds = 0;
    const purge: Outbox['purge'] = async ({ shard }) => {
      if (shard === 4) return 999;
      rounds += 1;
      return rounds < 3 ? 1_000 : 0;
    };
    const { clock, named, relay } = runOver({ purge });
    expect(await relay.run(clock.now() + 30_000)).toMatchObject({ purged: 2_999 });
    const own = { origin: 'us-east-1', rowsMax: 1_000, deadline: clock.now() + 30_000 };
    expect(named('purge').map(([, asked]) => asked)).toEqual(
      [3, 4, 3, 3].map((shard) => ({ ...own, shard })),
    );
  });
});
