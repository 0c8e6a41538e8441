import * as v from 'valibot';
import { parseArn } from '../arn.ts';
import { firstIssue } from '../aws-json.ts';
import { defaultRetryPolicy, type RetryPolicy } from '../eventbridge/delivery.ts';
import { InvalidSchedule, type NextAfter } from './cron.ts';
import { parseScheduleExpression } from './expression.ts';

export type ScheduleDefinition = {
  readonly name: string;
  readonly groupName: string;
  readonly arn: string;
  readonly enabled: boolean;
  /** As its template has them. */
  readonly properties: object;
  readonly nextAfter: NextAfter;
  readonly target: {
    readonly kind: 'function' | 'queue';
    readonly arn: string;
    /** May hold context attributes such as `<aws.scheduler.scheduled-time>`. */
    readonly input: string | undefined;
    readonly retryPolicy: RetryPolicy;
    readonly deadLetterQueueArn: string | undefined;
  };
};

const targetSchema = v.strictObject({
  Arn: v.string(),
  RoleArn: v.string(),
  Input: v.optional(v.string()),
  /**
   * CDK gives it to every schedule with a queue. The check of properties has refused a message
   * group before.
   */
  SqsParameters: v.optional(v.strictObject({})),
  RetryPolicy: v.optional(
    v.strictObject({
      MaximumRetryAttempts: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(185))),
      MaximumEventAgeInSeconds: v.optional(v.pipe(v.number(), v.minValue(60), v.maxValue(86_400))),
    }),
  ),
  DeadLetterConfig: v.optional(v.strictObject({ Arn: v.string() })),
});

const scheduleSchema = v.strictObject({
  Name: v.optional(v.string()),
  GroupName: v.optional(v.string(), 'default'),
  Description: v.optional(v.string()),
  ScheduleExpression: v.string(),
  ScheduleExpressionTimezone: v.optional(
    v.picklist(['UTC', 'Etc/UTC'], 'the local stack runs schedules in UTC'),
  ),
  /** A schedule may fire at any time of its window, so also at its start. */
  FlexibleTimeWindow: v.unknown(),
  State: v.optional(v.picklist(['ENABLED', 'DISABLED'])),
  KmsKeyArn: v.optional(v.unknown()),
  Target: targetSchema,
});

/**
 * Reads the resolved properties of an `AWS::Scheduler::Schedule`.
 *
 * @throws {InvalidSchedule} for what EventBridge Scheduler refuses and what the local stack would
 * otherwise ignore.
 */
export const readSchedule = (
  properties: unknown,
  {
    name,
    region,
    account,
  }: { readonly name: string; readonly region: string; readonly account: string },
): ScheduleDefinition => {
  const read = v.safeParse(scheduleSchema, properties);
  if (!read.success) throw new InvalidSchedule(`Schedule ${name}: ${firstIssue(read.issues)}`);
  const schedule = read.output;
  const { Target: target } = schedule;
  const service = parseArn(target.Arn)?.service;
  if (service !== 'lambda' && service !== 'sqs') {
    throw new InvalidSchedule(
      `Schedule ${name} has the target ${target.Arn}; the local stack has functions and queues.`,
    );
  }
  const scheduleName = schedule.Name ?? name;
  return {
    name: scheduleName,
    arn: `arn:aws:scheduler:${region}:${account}:schedule/${schedule.GroupName}/${scheduleName}`,
    groupName: schedule.GroupName,
    properties: Object(properties),
    enabled: schedule.State !== 'DISABLED',
    nextAfter: parseScheduleExpression(schedule.ScheduleExpression),
    target: {
      kind: service === 'lambda' ? 'function' : 'queue',
      arn: target.Arn,
      input: target.Input,
      retryPolicy: {
        retriesMax: target.RetryPolicy?.MaximumRetryAttempts ?? defaultRetryPolicy.retriesMax,
        ageSecondsMax:
          target.RetryPolicy?.MaximumEventAgeInSeconds ?? defaultRetryPolicy.ageSecondsMax,
      },
      deadLetterQueueArn: target.DeadLetterConfig?.Arn,
    },
  };
};
