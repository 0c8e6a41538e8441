import { describe, expect, it } from 'vitest';
import { createMemoryMetrics } from '../../../src/adapters/memory/index.ts';
import {
  Conflict,
  createRetrier,
  type Fault,
  InvalidInput,
  InvariantViolation,
  nextWindowMs,
  OutcomeUnknown,
  Unavailable,
} from '../../../src/domain/kernel/index.ts';
import { always, manualClock } from '../../support/environment.ts';

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

  it('counts conflicts, and nothing else as one', async () => {
    const { clock, metrics, retrier } = setUp();
    const { attempt } = failing(new Conflict('a'), new Unavailable('b'), new Conflict('c'));
    await retrier.run(attempt, inTenSeconds(clock));
    expect(metrics.sum('OccConflict')).toBe(2);
    expect(metrics.sum('RetryWaitMs')).toBe(clock.slept.reduce((sum, ms) => sum + ms, 0));
  });

  it('waits longer where attempts last longer', async () => {
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

  it('rests longer after "not now" than after a conflict, however short attempts are', async () => {
    const firstWaitAfter = async (fault: Fault): Promise<number> => {
      const { clock, retrier } = setUp();
      await retrier.run(failing(fault).attempt, inTenSeconds(clock));
      return clock.slept[0] ?? 0;
    };
    expect(await firstWaitAfter(new Unavailable('away'))).toBe(25);
    expect(await firstWaitAfter(new Conflict('lost'))).toBeLessThan(25);
  });

  it('doubles its waits', async () => {
    const { clock, retrier } = setUp(always(0.5));
    const faults = Array.from({ length: 7 }, () => new Unavailable('away'));
    await retrier.run(failing(...faults).attempt, inTenSeconds(clock));
    expect(clock.slept).toEqual([25, 50, 100, 200, 400, 400, 400]);
  });
});

describe('the window', () => {
  it('moves a fifth of the way to the newest measurement', () => {
    expect(nextWindowMs(20, 120)).toBe(40);
    expect(nextWindowMs(20, 10)).toBe(18);
  });

  it('is never below what the clock can see', () => {
    expect(nextWindowMs(1, 0)).toBe(1);
  });
});
