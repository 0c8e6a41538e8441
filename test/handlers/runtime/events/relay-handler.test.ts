import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createMemoryIdempotencyStore } from '../../../../src/adapters/memory/index.ts';
import { systemIds } from '../../../../src/adapters/system/index.ts';
import {
  InvariantViolation,
  OutcomeUnknown,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { createRelayHandler } from '../../../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, lambdaContext } from '../../../support/lambda.ts';

const relayed = { published: 1, failed: 0, dead: 0, purged: 0, hasMore: false };
const records = { idempotency: 3, inbox: 4, ordered: 0 };
const report = { ...relayed, records };
const tick = { scheduledTime: '2026-01-01T00:00:00Z' };

const setUp = async (
  run: (deadline: number) => Promise<typeof relayed>,
  clean: () => Promise<typeof records> = async () => records,
) => {
  const parts = await handlerParts();
  const cleanedUntil: number[] = [];
  const cleanup = {
    run: async (deadline: number) => {
      cleanedUntil.push(deadline);
      return clean();
    },
  };
  const store = createMemoryIdempotencyStore({ clock: parts.clock, ids: systemIds });
  type RunAgain = Parameters<typeof createRelayHandler>[0]['runAgain'];
  const inRegion = (region: string, runAgain?: RunAgain) => {
    const relay = { run };
    const handler = createRelayHandler({ ...parts, relay, cleanup, store, region, runAgain });
    return (event: unknown, context = lambdaContext()) =>
      asLambda<unknown>(handler)(event, context);
  };
  return { ...parts, inRegion, cleanedUntil };
};

/** A tick of a schedule of 60 s, and the runs that follow it. The relay says if it left work. */
const followed = async (hasMore: (run: number) => boolean, runMs = 0) => {
  const asked: unknown[] = [];
  const deadlines: number[] = [];
  let runs = 0;
  const world = await setUp(async (deadline) => {
    deadlines.push(deadline);
    runs += 1;
    world.clock.advance(runMs);
    return { ...relayed, hasMore: hasMore(runs) };
  });
  const runAgain = async (next: unknown) => {
    asked.push(next);
  };
  const scheduledTime = new Date(world.clock.now()).toISOString();
  const first = { scheduledTime, rateSeconds: 60 };
  return { ...world, asked, deadlines, first, run: world.inRegion('us-east-1', runAgain) };
};

/** Of the invocation; the schedule gives no others. */
const ids = { requestId: 'request-1', correlationid: 'request-1' };

describe('a relay handler', () => {
  it('relays once for a tick that is delivered twice, and again for the next', async () => {
    let runs = 0;
    const { inRegion } = await setUp(async () => {
      runs += 1;
      return relayed;
    });
    expect(await inRegion('us-east-1')(tick)).toEqual(report);
    expect(await inRegion('us-east-1')(tick)).toEqual(report);
    expect(runs).toBe(1);
    await inRegion('us-east-1')({ scheduledTime: '2026-01-01T00:01:00Z' });
    expect(runs).toBe(2);
  });

  it('relays in each Region', async () => {
    let runs = 0;
    const { inRegion } = await setUp(async () => {
      runs += 1;
      return relayed;
    });
    await inRegion('us-east-1')(tick);
    await inRegion('us-west-2')(tick);
    expect(runs).toBe(2);
  });

  it('leaves a tick to the invocation that works on it', async () => {
    const { promise, resolve } = Promise.withResolvers<typeof relayed>();
    const { inRegion, logger } = await setUp(() => promise);
    const first = inRegion('us-east-1')(tick);
    await new Promise((later) => setImmediate(later));
    expect(await inRegion('us-east-1')(tick)).toBeUndefined();
    resolve(relayed);
    expect(await first).toEqual(report);
    expect(logger.lines).toEqual([
      {
        level: 'info',
        message: 'This tick is being relayed already',
        fields: { ...ids, tick: tick.scheduledTime },
      },
      { level: 'info', message: 'Outbox relayed', fields: { ...ids, ...report } },
    ]);
  });

  it('remembers a tick for a day, as long as the schedule may deliver it again', async () => {
    let runs = 0;
    const { clock, inRegion } = await setUp(async () => {
      runs += 1;
      return relayed;
    });
    await inRegion('us-east-1')(tick);
    clock.advance(86_399_999);
    await inRegion('us-east-1')(tick);
    expect(runs).toBe(1);
    clock.advance(1);
    await inRegion('us-east-1')(tick);
    expect(runs).toBe(2);
  });

  it.each([
    ['the relay', new OutcomeUnknown('settled?')],
    ['the relay', new InvariantViolation('refused')],
    ['the cleanup', new Unavailable('away')],
    ['the cleanup', new Error('bug')],
  ])('fails, and reports no run, when %s fails: %o', async (part, fault) => {
    const fails = async () => {
      throw fault;
    };
    const { inRegion, logger } = await setUp(
      part === 'the relay' ? fails : async () => relayed,
      part === 'the cleanup' ? fails : undefined,
    );
    await expect(inRegion('us-east-1')(tick)).rejects.toThrow(fault.message);
    expect(logger.lines.map(({ message }) => message)).toEqual(['Invocation failed']);
  });

  it('is not cut off by a timer of its own, since Lambda has one', async () => {
    const { inRegion } = await setUp(async () => {
      await delay(10);
      return relayed;
    });
    expect(await inRegion('us-east-1')(tick, lambdaContext('r', 2))).toEqual(report);
  });

  it('lets an invocation that fails late give back nothing that another one of its process holds', async () => {
    const ends: PromiseWithResolvers<typeof relayed>[] = [];
    const { clock, inRegion } = await setUp(() => {
      const end = Promise.withResolvers<typeof relayed>();
      ends.push(end);
      return end.promise;
    });
    const relay = inRegion('us-east-1');
    const later = () => new Promise((resolve) => setImmediate(resolve));
    const late = relay(tick);
    await later();
    clock.advance(31_000);
    const holder = relay(tick);
    await later();
    ends[0]?.reject(new Error('late'));
    await expect(late).rejects.toThrow('late');
    expect(await Promise.race([relay(tick), later().then(() => 'relays')])).toBeUndefined();
    expect(ends).toHaveLength(2);
    ends[1]?.resolve(relayed);
    expect(await holder).toEqual(report);
    expect(await relay(tick)).toEqual(report);
  });

  it('relays again for a tick that has failed', async () => {
    let runs = 0;
    const { flushes, inRegion, logger } = await setUp(async () => {
      runs += 1;
      if (runs === 1) throw new Error('away');
      return relayed;
    });
    await expect(inRegion('us-east-1')(tick)).rejects.toThrow('away');
    expect(await inRegion('us-east-1')(tick)).toEqual(report);
    expect(logger.lines.map(({ level }) => level)).toEqual(['error', 'info']);
    expect(flushes()).toBe(2);
  });

  it('gives the relay, and then the cleanup, the time of the function less what answering takes', async () => {
    const deadlines: number[] = [];
    const { clock, cleanedUntil, inRegion } = await setUp(async (deadline) => {
      deadlines.push(deadline);
      return relayed;
    });
    await inRegion('us-east-1')(tick);
    expect(deadlines).toEqual([clock.now() + 29_500]);
    expect(cleanedUntil).toEqual(deadlines);
  });

  it('asks for no other run when it has done everything', async () => {
    const { asked, first, run } = await followed(() => false);
    await run(first);
    expect(asked).toEqual([]);
  });

  it('asks for one other run of the same tick when its time ended before its work', async () => {
    const { asked, first, run } = await followed((count) => count < 3);
    await run(first);
    expect(asked).toEqual([{ ...first, followUp: 1 }]);
    await run(asked[0]);
    expect(asked).toEqual([
      { ...first, followUp: 1 },
      { ...first, followUp: 2 },
    ]);
    await run(asked[1]);
    expect(asked).toHaveLength(2);
  });

  it('runs once, and asks once, for a run that is delivered twice', async () => {
    const { asked, deadlines, first, run } = await followed(() => true);
    await run(first);
    await run(first);
    await run(asked[0]);
    await run(asked[0]);
    expect([deadlines.length, asked.length]).toEqual([2, 2]);
  });

  it('ends a run that follows when the next tick is due', async () => {
    const { asked, clock, deadlines, first, run } = await followed(() => true, 40_000);
    const start = clock.now();
    await run(first);
    await run(asked[0]);
    expect(deadlines).toEqual([start + 29_500, start + 60_000]);
    expect(asked).toHaveLength(1);
  });

  it.each([
    ['5 s are left', 55_000, 0],
    ['more than 5 s are left', 54_999, 1],
  ])('asks %s before the next tick: after %i ms, %i times', async (_, runMs, times) => {
    const { asked, first, run } = await followed(() => true, runMs);
    await run(first);
    expect(asked).toHaveLength(times);
  });

  it('leaves the work to the next tick when a run that follows comes too late', async () => {
    const { clock, deadlines, first, logger, run } = await followed(() => true);
    clock.advance(60_000);
    expect(await run({ ...first, followUp: 1 })).toBeUndefined();
    expect(deadlines).toEqual([]);
    expect(logger.lines.map(({ message }) => message)).toEqual([
      'Follow-up run skipped: the next tick is due',
    ]);
  });

  it('asks for 12 runs of one tick at most: Lambda ends a longer chain', async () => {
    const { asked, first, run } = await followed(() => true);
    await run(first);
    for (let at = 0; at < Math.min(asked.length, 20); at += 1) await run(asked[at]);
    expect(asked).toHaveLength(12);
  });

  it('asks for nothing where nobody knows when the next tick comes', async () => {
    const { asked, run } = await followed(() => true);
    await run(tick);
    expect(asked).toEqual([]);
  });

  it('does not fail when no other run can be asked for, which the schedule makes up for', async () => {
    const { first, inRegion, logger } = await followed(() => true);
    const run = inRegion('us-east-1', async () => {
      throw new Unavailable('throttled');
    });
    expect(await run(first)).toMatchObject({ hasMore: true });
    expect(logger.lines).toContainEqual({
      level: 'warn',
      message: 'No other run could be asked for: the schedule starts the next one',
      fields: { ...ids, ...first, followUp: 1, reason: 'Unavailable: throttled' },
    });
  });

  it.each([
    ...[undefined, null, {}, 'tick', 7, { scheduledTime: 7 }],
    ...[
      { ...tick, rateSeconds: 0 },
      { ...tick, followUp: '1' },
      { ...tick, followUp: 1.5 },
    ],
  ])('says what it wants instead of %j', async (event) => {
    const { inRegion } = await setUp(async () => relayed);
    await expect(inRegion('us-east-1')(event)).rejects.toThrow('Send {"scheduledTime"');
  });
});
