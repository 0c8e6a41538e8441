import { randomBytes, randomUUID } from 'node:crypto';
import { parseArn } from '../arn.ts';
import type { LocalClock } from '../clock.ts';
import type { EventBridge } from '../eventbridge/bus.ts';
import {
  createDeliveryEngine,
  type Delivery,
  type DeliveryObserver,
} from '../eventbridge/delivery.ts';
import { envelopeTime } from '../eventbridge/event.ts';
import { createRandom } from '../eventbridge/failure-injection.ts';
import type { Rule } from '../eventbridge/rule.ts';
import { type EventTargets, sendTo } from '../eventbridge/targets.ts';
import { noOutage, type Outage } from '../outage.ts';
import type { NextAfter } from './cron.ts';
import type { ScheduleDefinition } from './definition.ts';
import { parseScheduleExpression } from './expression.ts';

/** A schedule, and when it was made: milliseconds since the epoch. */
export type RunningSchedule = ScheduleDefinition & { readonly createdAt: number };

/** Running schedules. */
export interface Schedules {
  /** Starts a schedule, or changes one; runs that have come due go on. */
  readonly put: (schedule: ScheduleDefinition) => void;
  readonly remove: (arn: string) => void;
  /** Has a rule with a schedule fire, or changes its times; one without is not fired. */
  readonly putRule: (bridge: Pick<EventBridge, 'fire'>, rule: Rule) => void;
  readonly removeRule: (arn: string) => void;
  /** The schedules as they are now. */
  readonly definitions: () => readonly RunningSchedule[];
  /** Resolves when every event that has fired has been delivered. */
  readonly idle: () => Promise<void>;
  /** Ends the schedules, and resolves when nothing is under way. */
  readonly stop: () => Promise<void>;
}

export type SchedulesOptions = {
  readonly clock: LocalClock;
  readonly schedules: readonly ScheduleDefinition[];
  readonly targets: Pick<EventTargets, 'invokeAsync' | 'sendToQueue'>;
  /** Buses whose rules with a schedule are to fire too. */
  readonly bridges?: readonly Pick<EventBridge, 'rules' | 'fire'>[];
  readonly observer?: DeliveryObserver;
  /** The randomness of the waits between retries. */
  readonly seed?: number;
  /** While it lasts no schedule fires. The times that pass meanwhile are skipped. */
  readonly outage?: Outage;
};

/** Node's timers overflow beyond 24.8 days. */
const sleepMsMax = 86_400_000;

type Firing = {
  readonly schedule: ScheduleDefinition;
  readonly scheduledTime: string;
  readonly executionId: string;
};

/** The event for a target without an input. */
const defaultInput = ({ schedule, scheduledTime }: Firing): string => {
  const { region, account } = parseArn(schedule.arn) ?? {};
  return JSON.stringify({
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.scheduler',
    account,
    time: scheduledTime,
    region,
    resources: [schedule.arn],
    detail: '{}',
  });
};

/** The input with its context attributes (EventBridge Scheduler user guide) filled in. */
const inputOf = (firing: Firing, attempt: number): string => {
  const attributes: Readonly<Record<string, string>> = {
    'schedule-arn': firing.schedule.arn,
    'scheduled-time': firing.scheduledTime,
    'execution-id': firing.executionId,
    'attempt-number': String(attempt),
  };
  return (firing.schedule.target.input ?? defaultInput(firing)).replace(
    /<aws\.scheduler\.([a-z-]+)>/g,
    (found, name: string) => attributes[name] ?? found,
  );
};

const deliveryOf = (targets: SchedulesOptions['targets'], firing: Firing): Delivery => {
  const { target, arn, name } = firing.schedule;
  let attempts = 0;
  return {
    description: `run ${firing.executionId} of schedule ${name} to ${target.arn}`,
    attempt: () => {
      attempts += 1;
      return sendTo(targets, target, inputOf(firing, attempts));
    },
    retryPolicy: target.retryPolicy,
    body: inputOf(firing, 1),
    deadLetterQueueArn: target.deadLetterQueueArn,
    deadLetterAttributes: {
      SCHEDULE_ARN: arn,
      TARGET_ARN: target.arn,
      EXECUTION_ID: firing.executionId,
      SCHEDULED_TIME: firing.scheduledTime,
      IS_PAYLOAD_TRUNCATED: 'false',
    },
  };
};

/**
 * Calls `fire` at each time of a schedule until aborted, with that time on the wall clock; times
 * that passed unnoticed are skipped, as in AWS.
 */
const runSchedule = async (
  clock: LocalClock,
  nextAfter: NextAfter,
  fire: (scheduledAt: number) => void,
  signal: AbortSignal,
): Promise<void> => {
  const { startedAt = clock.now() } = clock;
  const awsTime = (): number => startedAt + (clock.now() - startedAt) * clock.speed;
  let due = nextAfter(awsTime());
  while (due !== undefined && !signal.aborted) {
    const waitMs = Math.min(due - awsTime(), sleepMsMax);
    if (waitMs > 0) {
      await clock.sleep(waitMs, signal).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    } else {
      fire(startedAt + (due - startedAt) / clock.speed);
      const following = nextAfter(due);
      due = following !== undefined && following <= awsTime() ? nextAfter(awsTime()) : following;
    }
  }
};

/** The schedules that run, by the ARN of what comes due. */
const createTimers = (clock: LocalClock, outage: Outage) => {
  const running = new Map<
    string,
    { readonly abort: AbortController; readonly over: Promise<void> }
  >();
  const ending = new Set<Promise<void>>();
  const end = (arn: string): void => {
    const timer = running.get(arn);
    if (!timer) return;
    running.delete(arn);
    timer.abort.abort();
    const over = timer.over.finally(() => ending.delete(over));
    ending.add(over);
  };
  return {
    begin: (arn: string, nextAfter: NextAfter, fire: (scheduledAt: number) => void): void => {
      const abort = new AbortController();
      const fireUnlessLost = (scheduledAt: number): void => {
        if (!outage.lasts()) fire(scheduledAt);
      };
      running.set(arn, {
        abort,
        over: runSchedule(clock, nextAfter, fireUnlessLost, abort.signal),
      });
    },
    end,
    stop: async (): Promise<void> => {
      for (const arn of [...running.keys()]) end(arn);
      await Promise.all(ending);
    },
  };
};

/**
 * Starts schedules on the clock, at its speed: `rate(1 minute)` fires each second at speed 60.
 * Times that targets are told are wall-clock ones, like every other time in the local stack; they
 * are those at which the schedule came due, and equal in all Regions.
 *
 * @throws {InvalidSchedule} if a rule's expression is not valid.
 */
export const startSchedules = (options: SchedulesOptions): Schedules => {
  const {
    clock,
    schedules,
    targets,
    bridges = [],
    observer,
    seed = 0,
    outage = noOutage,
  } = options;
  const engine = createDeliveryEngine({
    clock,
    random: createRandom(seed),
    sendToQueue: targets.sendToQueue,
    outage,
    ...(observer && { observer }),
  });
  const fire = (schedule: ScheduleDefinition, scheduledAt: number): void =>
    engine.deliver(
      deliveryOf(targets, {
        schedule,
        scheduledTime: envelopeTime(scheduledAt),
        executionId: randomBytes(8).toString('hex'),
      }),
    );
  const timers = createTimers(clock, outage);
  const definitions = new Map<string, RunningSchedule>();
  const put = (schedule: ScheduleDefinition): void => {
    const { arn, enabled, nextAfter } = schedule;
    const createdAt = definitions.get(arn)?.createdAt ?? clock.now();
    definitions.set(arn, { ...schedule, createdAt });
    timers.end(arn);
    if (enabled) timers.begin(arn, nextAfter, (scheduledAt) => fire(schedule, scheduledAt));
  };
  const putRule: Schedules['putRule'] = (bridge, rule) => {
    const { arn, scheduleExpression } = rule;
    timers.end(arn);
    // Whether it is enabled the bus asks when it comes due.
    if (scheduleExpression === undefined) return;
    const nextAfter = parseScheduleExpression(scheduleExpression);
    timers.begin(arn, nextAfter, (scheduledAt) => bridge.fire(rule, scheduledAt));
  };
  for (const schedule of schedules) put(schedule);
  for (const bridge of bridges) for (const rule of bridge.rules) putRule(bridge, rule);
  return {
    put,
    remove: (arn) => {
      definitions.delete(arn);
      timers.end(arn);
    },
    putRule,
    removeRule: timers.end,
    definitions: () => [...definitions.values()],
    idle: engine.idle,
    stop: async () => {
      await Promise.all([timers.stop(), engine.stop()]);
    },
  };
};
