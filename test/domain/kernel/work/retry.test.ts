import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createMemoryMetrics } from '../../../../src/adapters/memory/index.ts';
import {
  Conflict,
  createRetrier,
  type Fault,
  InvalidInput,
  InvariantViolation,
  OutcomeUnknown,
  type Retry,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import { nextWindowMs, pause } from '../../../../src/domain/kernel/work/retry.ts';
import { always, manualClock } from '../../../support/runtime-ports.ts';

const setUp = (random = always(0.5)) => {
  const clock = manualClock();
  const metrics = createMemoryMetrics();
  return { clock, metrics, retrier: createRetrier({ clock, random, metrics }) };
};

const inTenSeconds = (clock: { now: () => number }) => clock.now() + 10_000;

/** Fails with each of the faults in turn, then succeeds. */
const failing = (...faults: readonly Error[]) => {
  const attempts: number[] = [];
  const attempt = async (number: number) => {
    attempts.push(number);
    const fault = faults[number - 1];
    if (fault) throw fault;
    return 'done';
  };
  return { attempts, attempt };
};

describe('a retrier', () => {
  it.each([
    ['a conflict', new Conflict('lost')],
    ['an unavailable database', new Unavailable('away')],
    ['an unknown outcome', new OutcomeUnknown('cut')],
  ])('runs the attempt again after %s', async (_, fault) => {
    const { clock, retrier } = setUp();
    const { attempts, attempt } = failing(fault, fault);
    expect(await retrier.run(attempt, inTenSeconds(clock))).toBe('done');
    expect(attempts).toEqual([1, 2, 3]);
  });

  it.each([Number.NaN, undefined])(
    'refuses a deadline of %s, which would never come',
    async (no) => {
      const { attempts, attempt } = failing();
      await expect(setUp().retrier.run(attempt, no as number)).rejects.toMatchObject({
        kind: 'InvariantViolation',
        message: `The deadline must be milliseconds since the epoch, and is ${no}`,
      });
      expect(attempts).toEqual([]);
    },
  );

  it.each([
    ['an invalid input', new InvalidInput('no')],
    ['a violated invariant', new InvariantViolation('bug')],
    ['an error that is no fault', new TypeError('bug')],
  ])('rethrows %s at once, as it is', async (_, error) => {
    const { clock, retrier } = setUp();
    const { attempts, attempt } = failing(error);
    await expect(retrier.run(attempt, inTenSeconds(clock))).rejects.toBe(error);
    expect(attempts).toEqual([1]);
    expect(clock.slept).toEqual([]);
  });

  it.each([
    ['Conflict', Conflict],
    ['Unavailable', Unavailable],
    ['OutcomeUnknown', OutcomeUnknown],
  ])(
    'says when time is up with a %s where the last attempt ended with one',
    async (kind, Class) => {
      const { clock, metrics, retrier } = setUp();
      const fault = new Class('lost');
      const run = retrier.run(async () => {
        clock.advance(40);
        throw fault;
      }, clock.now() + 200);
      const error = await run.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Class);
      expect(error).toMatchObject({ name: kind, kind, retryable: true, cause: fault });
      expect((error as Fault).message).toMatch(/^Out of time after \d+ attempts: lost$/);
      expect(metrics.sum('RetryGivenUp')).toBe(1);
    },
  );

  it('begins nothing when the deadline has passed', async () => {
    const { clock, retrier } = setUp();
    const { attempts, attempt } = failing(new Conflict('lost'));
    await expect(retrier.run(attempt, clock.now())).rejects.toMatchObject({
      kind: 'Unavailable',
      retryable: true,
    });
    expect(attempts).toEqual([]);
    expect(clock.slept).toEqual([]);
  });

  it('counts conflicts, and no other fault as a conflict', async () => {
    const { clock, metrics, retrier } = setUp();
    const { attempt } = failing(new Conflict('a'), new Unavailable('b'), new Conflict('c'));
    await retrier.run(attempt, inTenSeconds(clock));
    expect(metrics.sum('OccConflict')).toBe(2);
    expect(metrics.sum('RetryWaitMs')).toBe(clock.slept.reduce((sum, ms) => sum + ms, 0));
  });

  it('counts attempts after the first, once for each run', async () => {
    const { clock, metrics, retrier } = setUp();
    await retrier.run(failing().attempt, inTenSeconds(clock));
    expect(metrics.sum('RetryAttempts')).toBe(0);
    const lost = new Conflict('lost');
    await retrier.run(failing(lost, lost, lost).attempt, inTenSeconds(clock));
    expect(metrics.sum('RetryAttempts')).toBe(3);
    const bug = failing(lost, new TypeError('bug')).attempt;
    await expect(retrier.run(bug, inTenSeconds(clock))).rejects.toThrow('bug');
    expect(metrics.sum('RetryAttempts')).toBe(4);
  });

  it('tells conflicts over the schema from those over data', async () => {
    const { clock, metrics, retrier } = setUp();
    const { attempt } = failing(new Conflict('a'), new Conflict('b', { over: 'schema' }));
    await retrier.run(attempt, inTenSeconds(clock));
    expect(metrics.sum('OccConflict')).toBe(1);
    expect(metrics.sum('OccSchemaConflict')).toBe(1);
  });

  it('runs at once after the first conflict over the schema, and waits after the next', async () => {
    const { clock, retrier } = setUp();
    const schema = new Conflict('OC001', { over: 'schema' });
    await retrier.run(failing(schema).attempt, inTenSeconds(clock));
    expect(clock.slept).toEqual([]);
    await retrier.run(failing(schema, schema).attempt, inTenSeconds(clock));
    expect(clock.slept).toHaveLength(1);
  });

  it('tells of each retry before it waits', async () => {
    const { clock, retrier } = setUp();
    const [first, second] = [new Unavailable('a'), new Conflict('b')];
    const told: Retry[] = [];
    await retrier.run(failing(first, second).attempt, inTenSeconds(clock), {
      onRetry: (retry) => {
        expect(clock.slept).toHaveLength(told.length);
        told.push(retry);
      },
    });
    expect(told).toEqual([
      { attempt: 1, fault: first, waitMs: clock.slept[0] },
      { attempt: 2, fault: second, waitMs: clock.slept[1] },
    ]);
  });

  it('shortens its last wait rather than giving up while an attempt still fits', async () => {
    const { clock, retrier } = setUp(always(0.99));
    const { attempts, attempt } = failing(new Unavailable('away'));
    // A window of 20 ms fits into 50 ms, the wait of up to 50 ms before it does not.
    expect(await retrier.run(attempt, clock.now() + 50)).toBe('done');
    expect(attempts).toEqual([1, 2]);
    expect(clock.slept).toEqual([30]);
  });

  it.each([20, 13])(
    'gives up where an attempt fails at once after a shortened wait and attempts took %i ms',
    async (attemptMs) => {
      const { clock, retrier } = setUp(always(0.99));
      await retrier.run(async () => clock.advance(attemptMs), inTenSeconds(clock));
      const faults = Array.from({ length: 9 }, () => new Unavailable('away'));
      const { attempts, attempt } = failing(...faults);
      await expect(retrier.run(attempt, clock.now() + 50)).rejects.toMatchObject({
        message: 'Out of time after 2 attempts: away',
      });
      expect(attempts).toEqual([1, 2]);
    },
  );

  it.each([
    ['its cause', (fault: Fault) => new Error('wrapped', { cause: fault })],
    [
      'the cause of its cause',
      (fault: Fault) => new Error('a', { cause: new Error('b', { cause: fault }) }),
    ],
    ['one of several', (fault: Fault) => new AggregateError([new Error('other'), fault])],
  ])('runs again when the fault of an error is %s', async (_, wrap) => {
    const { clock, metrics, retrier } = setUp();
    const { attempts, attempt } = failing(wrap(new Conflict('lost')));
    expect(await retrier.run(attempt, inTenSeconds(clock))).toBe('done');
    expect(attempts).toEqual([1, 2]);
    expect(metrics.sum('OccConflict')).toBe(1);
  });

  it('gives up with the fault that was wrapped, and what was thrown as its cause', async () => {
    const { clock, retrier } = setUp();
    const error = new Error('wrapped', { cause: new Conflict('lost', { over: 'schema' }) });
    const run = retrier.run(failing(error).attempt, clock.now() + 1);
    await expect(run).rejects.toMatchObject({ kind: 'Conflict', over: 'schema', cause: error });
  });
});

describe('a retrier that does not know whether an attempt has taken effect', () => {
  const unknown = new OutcomeUnknown('cut');

  it('ends there when the work has no key', async () => {
    const { clock, retrier } = setUp();
    const { attempts, attempt } = failing(unknown);
    const run = retrier.run(attempt, inTenSeconds(clock), { keyed: false });
    await expect(run).rejects.toBe(unknown);
    expect(attempts).toEqual([1]);
  });

  it.each([
    ['a conflict at the deadline', new Conflict('lost')],
    ['an unavailable database at the deadline', new Unavailable('away')],
    ['an invalid input', new InvalidInput('no')],
    ['a bug', new TypeError('bug')],
  ])('says so whatever comes after it: %s', async (_, last) => {
    const { clock, retrier } = setUp();
    const run = retrier.run(async (number) => {
      if (number === 1) throw unknown;
      clock.advance(10_000);
      throw last;
    }, inTenSeconds(clock));
    await expect(run).rejects.toMatchObject({ kind: 'OutcomeUnknown', cause: last });
  });

  it('forgets it when a later attempt succeeds', async () => {
    const { clock, retrier } = setUp();
    const { attempt } = failing(unknown, new Conflict('lost'));
    expect(await retrier.run(attempt, inTenSeconds(clock))).toBe('done');
  });
});

describe('a retrier whose work is aborted', () => {
  it('begins nothing', async () => {
    const { clock, retrier } = setUp();
    const { attempts, attempt } = failing();
    const run = retrier.run(attempt, inTenSeconds(clock), { signal: AbortSignal.abort() });
    await expect(run).rejects.toMatchObject({ kind: 'Unavailable' });
    expect(attempts).toEqual([]);
  });

  it('lets the attempt under way end, and keeps its result', async () => {
    const { clock, retrier } = setUp();
    const controller = new AbortController();
    const attempt = async () => {
      controller.abort();
      return 'done';
    };
    const { signal } = controller;
    expect(await retrier.run(attempt, inTenSeconds(clock), { signal })).toBe('done');
  });

  it('begins no further attempt, and names the failure of the last one', async () => {
    const { clock, metrics, retrier } = setUp();
    const controller = new AbortController();
    const { attempts, attempt } = failing(new Conflict('lost'), new Conflict('lost'));
    const run = retrier.run(
      (number) => {
        controller.abort();
        return attempt(number);
      },
      inTenSeconds(clock),
      { signal: controller.signal },
    );
    await expect(run).rejects.toMatchObject({
      kind: 'Conflict',
      message: 'Aborted after 1 attempt: lost',
    });
    expect(attempts).toEqual([1]);
    expect(clock.slept).toEqual([]);
    expect(metrics.sum('RetryGivenUp')).toBe(1);
  });

  it('wakes up while it waits', async () => {
    const never = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
    const retrier = createRetrier({
      clock: never,
      random: always(0.5),
      metrics: createMemoryMetrics(),
    });
    const controller = new AbortController();
    const run = retrier.run(failing(new OutcomeUnknown('cut')).attempt, 10_000, {
      signal: controller.signal,
      onRetry: () => setImmediate(() => controller.abort()),
    });
    await expect(run).rejects.toMatchObject({ kind: 'OutcomeUnknown' });
  });

  it('does not begin to wait when it was aborted before', async () => {
    const never = { now: () => 0, sleep: () => new Promise<void>(() => undefined) };
    const awake = pause(never, 10, AbortSignal.abort()).then(() => 'awake');
    const later = new Promise((resolve) => setImmediate(() => resolve('asleep')));
    expect(await Promise.race([awake, later])).toBe('awake');
  });

  it('leaves no listener behind', async () => {
    const { clock, retrier } = setUp();
    const { signal } = new AbortController();
    await retrier.run(failing(new Unavailable('away')).attempt, inTenSeconds(clock), { signal });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('the waits of a retrier', () => {
  it('are longer where attempts last longer', async () => {
    const waitAfterTenAttemptsOf = async (attemptMs: number): Promise<number> => {
      const { clock, retrier } = setUp();
      for (let command = 0; command < 10; command += 1) {
        await retrier.run(async () => clock.advance(attemptMs), inTenSeconds(clock));
      }
      await retrier.run(async (number) => {
        clock.advance(attemptMs);
        if (number === 1) throw new Conflict('lost');
      }, inTenSeconds(clock));
      return clock.slept[0] ?? 0;
    };
    const [short, long] = [await waitAfterTenAttemptsOf(2), await waitAfterTenAttemptsOf(200)];
    expect(short).toBeLessThan(5);
    expect(long).toBeGreaterThan(50);
  });

  it('are longer after "not now" than after a conflict, however short attempts are', async () => {
    const firstWaitAfter = async (fault: Fault): Promise<number> => {
      const { clock, retrier } = setUp();
      await retrier.run(failing(fault).attempt, inTenSeconds(clock));
      return clock.slept[0] ?? 0;
    };
    expect(await firstWaitAfter(new Unavailable('away'))).toBe(25);
    expect(await firstWaitAfter(new Conflict('lost'))).toBeLessThan(25);
  });

  it('double, up to eleven windows', async () => {
    const { clock, retrier } = setUp(always(0.5));
    const faults = Array.from({ length: 7 }, () => new Unavailable('away'));
    await retrier.run(failing(...faults).attempt, inTenSeconds(clock));
    expect(clock.slept).toEqual([25, 50, 100, 200, 275, 275, 275]);
  });
});

describe('the window', () => {
  it('moves a fifth of the way to the newest measurement', () => {
    expect(nextWindowMs(20, 120)).toBe(40);
    expect(nextWindowMs(20, 10)).toBe(18);
  });

  it('is never below the shortest time that the clock can measure', () => {
    expect(nextWindowMs(1, 0)).toBe(1);
  });
});
