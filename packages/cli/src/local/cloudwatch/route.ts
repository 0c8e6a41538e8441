import type { Route } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { AwsError, awsJsonRoute, integer, operation } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import { listOf, numberOf, objectOf, stringOf } from '../template/json.ts';
import { alarmState, type LocalAlarm } from './alarm.ts';

/** Alarms of one page (API reference, DescribeAlarms). */
const alarmsMax = 100;
const alarmsDefault = 50;

const states = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const;

const describeSchema = v.strictObject({
  AlarmNames: v.optional(v.array(v.string())),
  AlarmNamePrefix: v.optional(v.string()),
  AlarmTypes: v.optional(v.array(v.picklist(['MetricAlarm', 'CompositeAlarm', 'LogAlarm']))),
  StateValue: v.optional(v.picklist(states)),
  MaxRecords: v.optional(integer),
  NextToken: v.optional(v.string()),
});

type Request = v.InferOutput<typeof describeSchema>;

type Depths = (queueName: string) => number | undefined;

const dimensionsOf = (alarm: LocalAlarm) =>
  listOf(alarm.properties['Dimensions'])
    .map(objectOf)
    .map(({ Name, Value }) => ({ Name, Value }));

const describe = (alarm: LocalAlarm, depthOf: Depths, since: number) => {
  const { properties } = alarm;
  const { value, reason } = alarmState(alarm, depthOf);
  const common = {
    AlarmName: alarm.name,
    AlarmArn: alarm.arn,
    AlarmDescription: stringOf(properties['AlarmDescription']),
    ActionsEnabled: properties['ActionsEnabled'] !== false,
    AlarmActions: alarm.actions,
    OKActions: listOf(properties['OKActions']),
    InsufficientDataActions: listOf(properties['InsufficientDataActions']),
    StateValue: value,
    StateReason: reason,
    // The service counts in seconds.
    StateUpdatedTimestamp: since / 1_000,
  };
  if (alarm.kind === 'composite') {
    return { ...common, AlarmRule: stringOf(properties['AlarmRule']) };
  }
  return {
    ...common,
    MetricName: stringOf(properties['MetricName']),
    Namespace: stringOf(properties['Namespace']),
    Statistic: stringOf(properties['Statistic']),
    Dimensions: dimensionsOf(alarm),
    Period: numberOf(properties['Period']),
    EvaluationPeriods: numberOf(properties['EvaluationPeriods']),
    Threshold: numberOf(properties['Threshold']),
    ComparisonOperator: stringOf(properties['ComparisonOperator']),
    TreatMissingData: stringOf(properties['TreatMissingData']),
  };
};

const isAsked = ({ AlarmNames, AlarmNamePrefix, AlarmTypes }: Request, alarm: LocalAlarm) =>
  (AlarmNames === undefined || AlarmNames.includes(alarm.name)) &&
  alarm.name.startsWith(AlarmNamePrefix ?? '') &&
  (AlarmTypes ?? ['MetricAlarm']).includes(
    alarm.kind === 'composite' ? 'CompositeAlarm' : 'MetricAlarm',
  );

/**
 * Serves DescribeAlarms of one Region.
 *
 * @param depthOf the visible messages of a queue, by its name
 * @param since the time of the deployment, milliseconds since the epoch
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
 */
export const cloudWatchRoute = (
  alarms: () => readonly LocalAlarm[],
  depthOf: Depths,
  since: number,
): Route =>
  awsJsonRoute({
    target: 'GraniteServiceVersion20100801',
    version: '1.0',
    operations: {
      DescribeAlarms: operation(describeSchema, (input) => {
        const asked = alarms()
          .filter((one) => isAsked(input, one))
          .map((one) => ({ kind: one.kind, alarm: describe(one, depthOf, since) }))
          .filter(({ alarm }) => [undefined, alarm.StateValue].includes(input.StateValue));
        const itemsMax = Math.min(Math.max(1, input.MaxRecords ?? alarmsDefault), alarmsMax);
        const named = input.AlarmNames === undefined ? itemsMax : alarmsMax;
        const page = pageOf(asked, ({ alarm }) => alarm.AlarmName, {
          itemsMax: named,
          token: input.NextToken,
        });
        if (!page) {
          throw new AwsError('The NextToken is not valid: no list gave it.', {
            code: 'InvalidNextToken',
          });
        }
        const of = (kind: LocalAlarm['kind']) =>
          page.items.filter((one) => one.kind === kind).map(({ alarm }) => alarm);
        return {
          MetricAlarms: of('metric'),
          CompositeAlarms: of('composite'),
          NextToken: page.nextToken,
        };
      }),
    },
  });
