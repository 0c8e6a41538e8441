import { describe, expect, it, vi } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  type AttemptFailure,
  createDeliveryEngine,
  type Delivery,
  type DeliveryObserver,
  type QueueAnswer,
} from '../../../../../packages/cli/src/local/eventbridge/delivery.ts';
import {
  createRandom,
  seededFailures,
} from '../../../../../packages/cli/src/local/eventbridge/failure-injection.ts';
import { createOutage, type Outage } from '../../../../../packages/cli/src/local/outage.ts';
import { createSkippingClock } from './skipping-clock.ts';

type Letter = { readonly arn: string; readonly body: string; readonly attributes: object };

const throttled: AttemptFailure = { code: 'THROTTLING', message: 'slow', disposition: 'retry' };

/** An engine on a clock that skips waits, with a dead-letter queue that records. */
const engineWith = (queueAnswer: QueueAnswer = 'accepted', outage?: Outage) => {
  const letters: Letter[] = [];
  const dropped: string[] = [];
  const delivered: number[] = [];
  const clock = createSkippingClock();
  const observer: DeliveryObserver = {
    delivered: (_delivery, retries) => delivered.push(retries),
    dropped: (description, reason) => dropped.push(`${description}: ${reason}`),
  };
  const engine = createDeliveryEngine({
    clock,
    random: createRandom(1),
    observer,
    ...(outage && { outage }),
    sendToQueue: async (arn, body, attributes) => {
      letters.push({ arn, body, attributes });
      return queueAnswer;
    },
  });
  return { engine, letters, dropped, delivered, clock };
};

const delivery = (
  answers: readonly (AttemptFailure | undefined)[],
  changes: Partial<Delivery> = {},
): Delivery & { readonly attempts: () => number } => {
  let attempts = 0;
  return {
    description: 'event 1 to target',
    attempt: async () => answers[Math.min(attempts++, answers.length - 1)],
    attempts: () => attempts,
    retryPolicy: { retriesMax: 185, ageSecondsMax: 86_400 },
    body: '{"the":"event"}',
    deadLetterQueueArn: 'arn:dlq',
    deadLetterAttributes: { RULE_ARN: 'arn:rule', TARGET_ARN: 'arn:target' },
    ...changes,
  };
};

describe('a delivery of a stopped Region', () => {
  it('is not attempted until the Region is back', async () => {
    const outage = createOutage();
    const { engine, delivered } = engineWith('accepted', outage);
    const waiting = delivery([undefined]);
    outage.begin();
    engine.deliver(waiting);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(waiting.attempts()).toBe(0);
    outage.end();
    await engine.idle();
    expect(delivered).toEqual([0]);
  });

  it('is not retried either, and is abandoned when the stack ends', async () => {
    const outage = createOutage();
    const { engine, delivered } = engineWith('accepted', outage);
    const failing = delivery([throttled]);
    const attempt = async () => {
      outage.begin();
      return failing.attempt();
    };
    engine.deliver({ ...failing, attempt });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(failing.attempts()).toBe(1);
    await engine.stop();
    expect({ attempts: failing.attempts(), delivered }).toEqual({ attempts: 1, delivered: [] });
  });
});

describe('a delivery', () => {
  it('is retried until the target takes it, with a growing and jittered wait', async () => {
    const { engine, delivered, clock, letters } = engineWith();
    engine.deliver(delivery([throttled, throttled, throttled, throttled, undefined]));
    await engine.idle();
    expect(delivered).toEqual([4]);
    expect(letters).toEqual([]);
    expect(clock.waits).toHaveLength(4);
    for (const [retry, ms] of clock.waits.entries()) {
      expect(ms).toBeGreaterThanOrEqual(500 * 2 ** retry);
      expect(ms).toBeLessThanOrEqual(1_000 * 2 ** retry);
    }
  });

  it('goes to the dead-letter queue when its retries are used up', async () => {
    const { engine, letters } = engineWith();
    const failing = delivery([throttled], {
      retryPolicy: { retriesMax: 2, ageSecondsMax: 86_400 },
    });
    engine.deliver(failing);
    await engine.idle();
    expect(failing.attempts()).toBe(3);
    expect(letters).toEqual([
      {
        arn: 'arn:dlq',
        body: '{"the":"event"}',
        attributes: {
          RULE_ARN: 'arn:rule',
          TARGET_ARN: 'arn:target',
          ERROR_CODE: 'THROTTLING',
          ERROR_MESSAGE: 'slow',
          EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
          RETRY_ATTEMPTS: '2',
        },
      },
    ]);
  });

  it('goes to the dead-letter queue when it is too old', async () => {
    const { engine, letters } = engineWith();
    engine.deliver(delivery([throttled], { retryPolicy: { retriesMax: 185, ageSecondsMax: 60 } }));
    await engine.idle();
    expect(letters).toMatchObject([
      { attributes: { EXHAUSTED_RETRY_CONDITION: 'MaximumEventAgeInSeconds' } },
    ]);
  });

  it('is retried for about a day by default', async () => {
    const { engine, clock } = engineWith();
    const startedAt = clock.now();
    engine.deliver(delivery([throttled]));
    await engine.idle();
    const hours = (clock.now() - startedAt) / 3_600_000;
    expect(hours).toBeGreaterThan(16);
    expect(hours).toBeLessThan(24.3);
  });

  it.each(['NO_PERMISSIONS', 'NO_RESOURCE'])(
    'goes to the dead-letter queue at once on %s, without the attributes of retries',
    async (code) => {
      const { engine, letters } = engineWith();
      const failing = delivery([{ code, message: 'gone', disposition: 'dead-letter' }]);
      engine.deliver(failing);
      await engine.idle();
      expect(failing.attempts()).toBe(1);
      expect(letters[0]?.attributes).toEqual({
        RULE_ARN: 'arn:rule',
        TARGET_ARN: 'arn:target',
        ERROR_CODE: code,
        ERROR_MESSAGE: 'gone',
      });
    },
  );

  it('counts an exception of the target as an internal error and retries', async () => {
    const { engine, letters } = engineWith();
    const attempt = () => Promise.reject(new Error('boom'));
    engine.deliver(delivery([], { attempt, retryPolicy: { retriesMax: 1, ageSecondsMax: 60 } }));
    await engine.idle();
    expect(letters).toMatchObject([
      { attributes: { ERROR_CODE: 'INTERNAL_ERROR', ERROR_MESSAGE: 'boom', RETRY_ATTEMPTS: '1' } },
    ]);
  });

  it('that has no dead-letter queue is dropped aloud', async () => {
    const { engine, dropped } = engineWith();
    const failure: AttemptFailure = {
      code: 'NO_RESOURCE',
      message: 'gone',
      disposition: 'dead-letter',
    };
    engine.deliver(delivery([failure], { deadLetterQueueArn: undefined }));
    await engine.idle();
    expect(dropped).toEqual([
      'event 1 to target: NO_RESOURCE: gone (there is no dead-letter queue)',
    ]);
  });

  it('that is dropped is printed when nobody observes', async () => {
    const printed = vi.spyOn(console, 'error').mockReturnValue();
    const engine = createDeliveryEngine({
      clock: createSkippingClock(),
      random: createRandom(1),
      sendToQueue: async () => 'accepted',
    });
    engine.deliver(delivery([{ code: 'X', message: 'lost', disposition: 'drop' }]));
    await engine.idle();
    expect(printed.mock.calls).toEqual([['Dropped event 1 to target: lost']]);
    printed.mockRestore();
  });

  it('whose dead-letter queue is missing is dropped aloud', async () => {
    const { engine, dropped } = engineWith('missing');
    engine.deliver(
      delivery([{ code: 'NO_RESOURCE', message: 'gone', disposition: 'dead-letter' }]),
    );
    await engine.idle();
    expect(dropped).toEqual(['event 1 to target: NO_RESOURCE: gone (dead-letter queue missing)']);
  });
});

describe('an engine', () => {
  it('ends the waits before retries when told to', async () => {
    const clock = createLocalClock({ speed: 0.01 });
    const engine = createDeliveryEngine({
      clock,
      random: createRandom(1),
      sendToQueue: async () => 'accepted',
    });
    const waiting = delivery([throttled, undefined]);
    engine.deliver(waiting);
    await expect.poll(waiting.attempts).toBe(1);
    const startedAt = performance.now();
    engine.retryNow();
    await engine.idle();
    expect(waiting.attempts()).toBe(2);
    // The wait would take a hundred times as long as in AWS.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('abandons the deliveries that wait when it is stopped', async () => {
    const clock = createLocalClock();
    const engine = createDeliveryEngine({
      clock,
      random: createRandom(1),
      sendToQueue: async () => 'accepted',
    });
    const waiting = delivery([throttled]);
    engine.deliver(waiting);
    await expect.poll(waiting.attempts).toBe(1);
    await engine.stop();
    expect(waiting.attempts()).toBe(1);
  });
});

describe('seeded failures', () => {
  const copies = (seed: number): readonly (readonly number[])[] => {
    const failures = seededFailures({ seed, duplicateShare: 0.3, delayMsMax: 1_000 });
    return Array.from({ length: 1_000 }, () => failures.copies());
  };

  it('repeat from their seed', () => {
    expect(copies(7)).toEqual(copies(7));
    expect(copies(7)).not.toEqual(copies(8));
  });

  it('duplicate the share asked for and stay within the delay', () => {
    const all = copies(7);
    const duplicated = all.filter(({ length }) => length === 2).length;
    expect(duplicated).toBeGreaterThan(250);
    expect(duplicated).toBeLessThan(350);
    expect(Math.max(...all.flat())).toBeLessThan(1_000);
  });

  it('make the engine deliver twice and out of order', async () => {
    const order: number[] = [];
    const engine = createDeliveryEngine({
      clock: createLocalClock({ speed: 100 }),
      random: createRandom(1),
      sendToQueue: async () => 'accepted',
      failures: seededFailures({ seed: 3, duplicateShare: 0.5, delayMsMax: 5_000 }),
    });
    for (let index = 0; index < 20; index += 1) {
      const attempt = async () => {
        order.push(index);
        return undefined;
      };
      engine.deliver(delivery([], { attempt }));
    }
    await engine.idle();
    expect(new Set(order).size).toBe(20);
    expect(order.length).toBeGreaterThan(20);
    expect(order).not.toEqual(order.toSorted((one, other) => one - other));
  });
});
