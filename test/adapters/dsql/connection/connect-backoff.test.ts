import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dsqlLimits } from '../../../../packages/local-dsql/src/index.ts';
import { createConnectionLimit } from '../../../../packages/local-dsql/src/server/connection-limit.ts';
import {
  connectDelayMs,
  connectPatiently,
} from '../../../../src/adapters/dsql/connection/connect-backoff.ts';
import type { Connection } from '../../../../src/adapters/dsql/connection/connection.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';
import { virtualClock } from '../../../support/virtual-clock.ts';

const connection: Connection = {
  flight: async () => ({ results: [] }),
  usable: () => true,
  close: async () => undefined,
};

const refusal = (code: string, message = 'Unable to accept connection', hint?: string) =>
  Object.assign(new Error(message), { code, severity: 'FATAL', hint });

/** A server that refuses as it is told, and then lets everybody in. */
const server = (refusals: readonly Error[], random = 0.5) => {
  const clock = manualClock();
  const startedAt = clock.now();
  const knocks: number[] = [];
  const connect = connectPatiently(
    async () => {
      const error = refusals[knocks.length];
      knocks.push(clock.now() - startedAt);
      if (error) throw error;
      return connection;
    },
    { clock, random: always(random) },
  );
  return { clock, connect, knocks, within: (ms: number) => connect(startedAt + ms) };
};

const times = (count: number, error: Error): readonly Error[] => Array(count).fill(error);

describe('connecting', () => {
  it.each([
    ['too many connections', refusal('53300')],
    ['too many a second', refusal('53400')],
    ['starting up', refusal('57P03')],
    ['waking up', refusal('08006', 'unable to accept connection, waking up cluster, please retry')],
    ['a connection that is reset', new Error('read ECONNRESET')],
    ['a connection that ends', new Error('Connection terminated unexpectedly')],
    ['a connection that is not made in time', new Error('timeout expired')],
  ])('is tried again after %s', async (_, error) => {
    const { within, knocks } = server(times(3, error));
    expect(await within(60_000)).toBe(connection);
    expect(knocks).toHaveLength(4);
  });

  it.each([
    ['access denied', refusal('28000', 'unable to accept connection, access denied')],
    ['no such host', new Error('getaddrinfo ENOTFOUND nowhere')],
    ['nobody there', new Error('connect ECONNREFUSED 127.0.0.1:1')],
    ['a certificate of somebody else', new Error('self-signed certificate')],
  ])('is given up at once after %s', async (_, error) => {
    const { within, knocks } = server(times(3, error));
    await expect(within(60_000)).rejects.toBe(error);
    expect(knocks).toHaveLength(1);
  });

  it('is given up after five connections in a row that were cut off', async () => {
    const { within, knocks } = server(times(99, new Error('Connection terminated unexpectedly')));
    await expect(within(60_000)).rejects.toThrow('Connection terminated unexpectedly');
    expect(knocks).toHaveLength(5);
  });

  it('asks half as often each time, until every five seconds', async () => {
    const { within, knocks } = server(times(8, refusal('53400')), 1);
    await within(60_000);
    const waits = knocks.slice(1).map((at, index) => at - (knocks[index] ?? 0));
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000]);
  });

  it('does not begin to wait for longer than there is', async () => {
    const { clock, connect, knocks } = server(times(99, refusal('53300')));
    const deadline = clock.now() + 5_000;
    await expect(connect(deadline)).rejects.toMatchObject({ code: '53300' });
    expect(clock.now()).toBeLessThan(deadline);
    expect(knocks.length).toBeGreaterThan(2);
  });

  it('ends after a minute without a deadline', async () => {
    const { connect, knocks } = server(times(999, refusal('53300')));
    await expect(connect(Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: '53300' });
    expect(knocks.at(-1)).toBeLessThan(60_000);
  });

  it('is tried once more at once, with a new token, when the token had expired', async () => {
    const hint = 'Signature expired: 20260101T000000Z is now earlier than 20260101T000100Z';
    const expired = refusal('28000', 'unable to accept connection, access denied', hint);
    const once = server([expired]);
    expect(await once.within(60_000)).toBe(connection);
    expect(once.knocks).toEqual([0, 0]);
    const ever = server([expired, expired]);
    await expect(ever.within(60_000)).rejects.toBe(expired);
    expect(ever.knocks).toEqual([0, 0]);
  });

  it('ends when it is aborted', async () => {
    const { clock, connect, knocks } = server(times(999, refusal('53300')));
    const controller = new AbortController();
    const aborting = { ...clock, sleep: async () => controller.abort() };
    const impatient = connectPatiently(() => connect(clock.now()), {
      clock: aborting,
      random: always(0.5),
    });
    const connecting = impatient(clock.now() + 60_000, controller.signal);
    await expect(connecting).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(knocks).toHaveLength(1);
  });

  it('ends at once when it is aborted while it waits, however long it would have waited', async () => {
    const { clock } = server([]);
    const controller = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const sleepy = {
      ...clock,
      sleep: () => {
        waiting.resolve();
        return new Promise<void>(() => undefined);
      },
    };
    const busy = connectPatiently(() => Promise.reject(refusal('53300')), {
      clock: sleepy,
      random: always(0.5),
    });
    const connecting = busy(clock.now() + 60_000, controller.signal);
    await waiting.promise;
    controller.abort();
    await expect(connecting).rejects.toMatchObject({ kind: 'Unavailable' });
  });

  it('does not begin when it has been aborted', async () => {
    const { connect, knocks } = server([]);
    const connecting = connect(Number.POSITIVE_INFINITY, AbortSignal.abort());
    await expect(connecting).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(knocks).toEqual([]);
  });

  it('waits between nothing and five seconds, whatever comes', () => {
    const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(fc.nat({ max: 2_000 }), unit, (knock, chance) => {
        const delayMs = connectDelayMs(knock, always(chance));
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(5_000, 200 * 2 ** knock));
      }),
    );
  });
});

describe('two thousand clients that come at once', () => {
  it('are all let in within half a minute, a hundred a second behind the first thousand', async () => {
    const clock = virtualClock();
    const connectionLimit = createConnectionLimit(dsqlLimits, clock);
    let knocks = 0;
    const enteredAt: number[] = [];
    const open = async (): Promise<Connection> => {
      knocks += 1;
      const { code } = connectionLimit.enter() ?? {};
      if (code !== undefined) throw refusal(code);
      enteredAt.push(clock.now());
      return connection;
    };
    // Chances of a fixed sequence, so that each run is the same.
    let chance = 0.5;
    const random = { next: () => (chance = (chance + 0.618_034) % 1) };
    const connect = connectPatiently(open, { clock, random });
    const clients = Promise.all(Array.from({ length: 2_000 }, () => connect(60_000)));
    await clock.runUntil(60_000);
    await clients;
    expect(enteredAt.filter((at) => at === 0)).toHaveLength(1_000);
    expect(Math.max(...enteredAt)).toBeLessThan(30_000);
    expect(knocks).toBeLessThan(10 * 2_000);
  });
});
