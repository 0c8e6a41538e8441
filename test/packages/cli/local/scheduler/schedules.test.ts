import { afterEach, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import {
  createEventBridge,
  type EventTargets,
  readRule,
} from '../../../../../packages/cli/src/local/eventbridge/index.ts';
import { createOutage, type Outage } from '../../../../../packages/cli/src/local/outage.ts';
import {
  InvalidSchedule,
  readSchedule,
  type Schedules,
  startSchedules,
} from '../../../../../packages/cli/src/local/scheduler/index.ts';

const place = { name: 'Relay', region: 'us-east-1', account: '000000000000' };
const functionArn = 'arn:aws:lambda:us-east-1:000000000000:function:relay';
const deadLetterArn = 'arn:aws:sqs:us-east-1:000000000000:dlq';

const schedule = (changes: object = {}, target: object = {}): object => ({
  ScheduleExpression: 'rate(1 minute)',
  ScheduleExpressionTimezone: 'Etc/UTC',
  FlexibleTimeWindow: { Mode: 'OFF' },
  State: 'ENABLED',
  Target: { Arn: functionArn, RoleArn: 'arn:aws:iam::000000000000:role/r', ...target },
  ...changes,
});

let running: Schedules | undefined;
afterEach(() => running?.stop());

/** A minute of the clock that the schedules run on, in real milliseconds. */
const minuteMs = 10;

/** Targets that record the runs that they get. */
const start = (
  properties: object,
  changes: Partial<EventTargets> = {},
  speed = 60_000 / minuteMs,
  outage?: Outage,
): { readonly invoked: string[]; readonly letters: object[] } => {
  const invoked: string[] = [];
  const letters: object[] = [];
  running = startSchedules({
    clock: createLocalClock({ speed }),
    schedules: [readSchedule(properties, place)],
    ...(outage && { outage }),
    targets: {
      invokeAsync: async (_arn, payload) => {
        invoked.push(payload);
        return 'accepted';
      },
      sendToQueue: async (arn, body, attributes) => {
        letters.push({ arn, body, attributes });
        return 'accepted';
      },
      ...changes,
    },
  });
  return { invoked, letters };
};

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a schedule', () => {
  it('fires at its rate on the clock, until it is stopped', async () => {
    const begun = performance.now();
    const { invoked } = start(schedule({}, { Input: '{"a":1}' }));
    await expect.poll(() => invoked.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
    await running?.stop();
    const count = invoked.length;
    expect(count).toBeLessThanOrEqual((performance.now() - begun) / minuteMs);
    expect(new Set(invoked)).toEqual(new Set(['{"a":1}']));
    await wait(30);
    expect(invoked).toHaveLength(count);
  });

  it('tells the time for which it came due, however late it fires', async () => {
    const toldBy = async (lateMs: number): Promise<string | undefined> => {
      let now = Date.UTC(2026, 10, 30, 5, 59, 30);
      const told = Promise.withResolvers<string>();
      const schedules = startSchedules({
        clock: {
          speed: 1,
          now: () => now,
          sleep: async (ms) => {
            await new Promise((resolve) => setImmediate(resolve));
            now += ms + lateMs;
          },
        },
        schedules: [
          readSchedule(
            schedule(
              { ScheduleExpression: 'cron(0 6 * * ? *)' },
              { Input: '<aws.scheduler.scheduled-time>' },
            ),
            place,
          ),
        ],
        targets: {
          invokeAsync: async (_arn, payload) => {
            told.resolve(payload);
            return 'accepted';
          },
          sendToQueue: async () => 'accepted',
        },
      });
      const payload = await told.promise;
      await schedules.stop();
      return payload;
    };
    expect(await toldBy(0)).toBe('2026-11-30T06:00:00Z');
    expect(await toldBy(1_700)).toBe('2026-11-30T06:00:00Z');
  });

  it('does not fire while its Region is stopped, nor later for that time', async () => {
    const outage = createOutage();
    outage.begin();
    const { invoked } = start(schedule({}, { Input: '{}' }), {}, undefined, outage);
    await wait(10 * minuteMs);
    expect(invoked).toEqual([]);
    const begun = performance.now();
    outage.end();
    await expect.poll(() => invoked.length, { interval: 1 }).toBeGreaterThan(0);
    await running?.stop();
    expect(invoked.length).toBeLessThanOrEqual((performance.now() - begun) / minuteMs + 1);
  });

  it('does not fire before its first period has passed', async () => {
    const { invoked } = start(schedule(), {}, 1);
    await wait(20);
    expect(invoked).toEqual([]);
  });

  it('fires at the times of a cron expression', async () => {
    const { invoked } = start(schedule({ ScheduleExpression: 'cron(* * * * ? *)' }));
    await expect.poll(() => invoked.length).toBeGreaterThan(2);
  });

  it('fills in context attributes, with wall-clock time and an id of each run', async () => {
    const Input =
      '{"t":"<aws.scheduler.scheduled-time>","id":"<aws.scheduler.execution-id>","n":"<aws.scheduler.attempt-number>","s":"<aws.scheduler.schedule-arn>","x":"<aws.scheduler.unknown>"}';
    const { invoked } = start(schedule({}, { Input }));
    await expect.poll(() => invoked.length).toBeGreaterThan(1);
    const runs = invoked.map((text) => JSON.parse(text) as Record<string, string>);
    expect(runs[0]).toEqual({
      t: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      n: '1',
      s: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/Relay',
      x: '<aws.scheduler.unknown>',
    });
    expect(Math.abs(Date.parse(runs[0]?.['t'] ?? '') - Date.now())).toBeLessThan(5_000);
    expect(runs[0]?.['id']).not.toBe(runs[1]?.['id']);
  });

  it('without an input sends a scheduled event', async () => {
    const { invoked } = start(schedule());
    await expect.poll(() => invoked.length).toBeGreaterThan(0);
    expect(JSON.parse(invoked[0] ?? '')).toMatchObject({
      source: 'aws.scheduler',
      'detail-type': 'Scheduled Event',
      resources: ['arn:aws:scheduler:us-east-1:000000000000:schedule/default/Relay'],
      detail: '{}',
    });
  });

  it('that is disabled does not fire', async () => {
    const { invoked } = start(schedule({ State: 'DISABLED' }));
    await wait(40);
    expect(invoked).toEqual([]);
  });

  it('retries and then dead-letters a run, with its own attributes', async () => {
    const { letters } = start(
      schedule(
        {},
        {
          Input: '{}',
          RetryPolicy: { MaximumRetryAttempts: 1 },
          DeadLetterConfig: { Arn: deadLetterArn },
        },
      ),
      { invokeAsync: async () => 'throttled' },
    );
    await expect.poll(() => letters.length).toBeGreaterThan(0);
    expect(letters[0]).toEqual({
      arn: deadLetterArn,
      body: '{}',
      attributes: {
        SCHEDULE_ARN: 'arn:aws:scheduler:us-east-1:000000000000:schedule/default/Relay',
        TARGET_ARN: functionArn,
        EXECUTION_ID: expect.any(String),
        SCHEDULED_TIME: expect.any(String),
        IS_PAYLOAD_TRUNCATED: 'false',
        ERROR_CODE: 'THROTTLING',
        ERROR_MESSAGE: `${functionArn} is throttled.`,
        EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts',
        RETRY_ATTEMPTS: '1',
      },
    });
  });

  it.each([
    [schedule({ ScheduleExpressionTimezone: 'Europe/Berlin' }), 'runs schedules in UTC'],
    [schedule({ StartDate: '2026-11-23' }), 'StartDate'],
    [schedule({}, { Arn: 'arn:aws:scheduler:::aws-sdk:sqs:sendMessage' }), 'functions and queues'],
    [schedule({ ScheduleExpression: 'at(2026-11-23T00:00:00)' }), 'rate(5 minutes)'],
  ])('is refused when it asks for a feature that does not run here', (properties, reason) => {
    expect(() => readSchedule(properties, place)).toThrow(InvalidSchedule);
    expect(() => readSchedule(properties, place)).toThrow(reason);
  });
});

describe('a rule with a schedule', () => {
  it('fires through its bus', async () => {
    const invoked: string[] = [];
    const targets: EventTargets = {
      invokeAsync: async (_arn, payload) => {
        invoked.push(payload);
        return 'accepted';
      },
      sendToQueue: async () => 'missing',
      putOnBus: async () => 'missing',
    };
    const clock = createLocalClock({ speed: 6_000 });
    const rule = { ScheduleExpression: 'rate(1 minute)', Targets: [{ Id: 'T', Arn: functionArn }] };
    const bridge = createEventBridge({
      ...place,
      buses: [],
      rules: [readRule(rule, place)],
      targets,
      clock,
    });
    running = startSchedules({ clock, schedules: [], targets, bridges: [bridge] });
    await expect.poll(() => invoked.length).toBeGreaterThan(1);
    expect(JSON.parse(invoked[0] ?? '')).toMatchObject({ source: 'aws.events' });
    await bridge.stop();
  });
});

it('a schedule that is changed or removed comes due no longer as before', async () => {
  const { invoked } = start(schedule());
  await expect.poll(() => invoked.length).toBeGreaterThan(0);
  running?.put(readSchedule(schedule({}, { Input: '"changed"' }), place));
  const before = invoked.length;
  await expect.poll(() => invoked.length).toBeGreaterThan(before);
  expect(new Set(invoked.slice(before))).toEqual(new Set(['"changed"']));
  expect(running?.definitions()).toHaveLength(1);
  for (const { arn } of running?.definitions() ?? []) running?.remove(arn);
  await running?.idle();
  expect(running?.definitions()).toEqual([]);
  await running?.stop();
});
