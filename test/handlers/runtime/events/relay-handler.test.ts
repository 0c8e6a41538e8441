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

const relayed = { published: 1, failed: 0, dead: 0, purged: 0 };
const records = { idempotency: 3, inbox: 4 };
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
  const inRegion = (region: string) => {
    const handler = createRelayHandler({ ...parts, relay: { run }, cleanup, store, region });
    return (event: unknown, context = lambdaContext()) =>
      asLambda<unknown>(handler)(event, context);
  };
  return { ...parts, inRegion, cleanedUntil };
};

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
        fields: { tick: tick.scheduledTime },
      },
      { level: 'info', message: 'Outbox relayed', fields: report },
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

  it.each([undefined, null, {}, 'tick', 7, { scheduledTime: 7 }])(
    'says what it wants instead of %j',
    async (event) => {
      const { inRegion } = await setUp(async () => relayed);
      await expect(inRegion('us-east-1')(event)).rejects.toThrow('Send {"scheduledTime"');
    },
  );
});
