import type { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { requireSeconds, tell } from '../constructs/props.ts';

/** CloudWatch looks back for a week at most where a period is an hour or more, else for a day. */
const weekSeconds = 7 * 86_400;

/** The function that must run again and again, and the longest time without a run. */
export type SilenceAlarmProps = {
  /** CloudFormation names it unless given. */
  readonly alarmName?: string;
  /** The function that must be invoked again and again, such as the one of a schedule. */
  readonly function: IFunction;
  /**
   * The alarm comes after so long without an invocation. At least twice the time between two of
   * them: a late one is no silence. Whole minutes, and whole hours above a day; up to seven days.
   */
  readonly longest: Duration;
  /** Says which work is not done, and which command finds the cause. */
  readonly meaning: string;
  /** Receive the alarm. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * An alarm on a function that nobody invokes any more: a disabled schedule, a deleted rule, a
 * permission that was taken away. Nothing fails then, so no other alarm comes.
 *
 * It comes once when the function is new, and ends with the first invocation.
 *
 * @throws {InvalidProp} for a time below two minutes or above seven days
 * @example
 * const longest = Duration.hours(49); // A daily report.
 * new SilenceAlarm(stack, 'ReportSilent', { function: report.function, longest, meaning });
 */
export class SilenceAlarm extends Construct {
  /** Comes after `longest` without an invocation. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: SilenceAlarmProps) {
    super(scope, id);
    const { alarmName, longest, meaning, alarmActions } = props;
    requireSeconds(this, 'longest', longest, [120, weekSeconds]);
    this.alarm = new Alarm(this, 'Silent', {
      ...(alarmName === undefined ? {} : { alarmName }),
      alarmDescription: meaning,
      metric: new Metric({
        namespace: 'AWS/Lambda',
        metricName: 'Invocations',
        dimensionsMap: { FunctionName: props.function.functionName },
        statistic: Stats.SUM,
        period: longest,
      }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.BREACHING,
    });
    tell(this.alarm, alarmActions);
  }
}
