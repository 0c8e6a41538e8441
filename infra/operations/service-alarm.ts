import { Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import { tell } from '../constructs/props.ts';

/** An alarm as a person reads it. */
export type ServiceAlarmProps = {
  /** CloudFormation names it unless given. */
  readonly alarmName?: string;
  /** Says what has happened and which command finds the cause. At most 1,024 characters. */
  readonly meaning: string;
  readonly metric: IMetric;
  /** It comes above this. */
  readonly above: number;
  /** The periods that are looked at, and how many of them must be above; one unless given. */
  readonly periods?: { readonly of: number; readonly above: number };
  readonly alarmActions?: readonly IAlarmAction[] | undefined;
};

/**
 * An alarm on what happens: a period without data is a quiet one. `SilenceAlarm` is for what must
 * not stop.
 */
export const addAlarm = (scope: Construct, id: string, props: ServiceAlarmProps): Alarm => {
  const { alarmName, meaning, metric, above, periods, alarmActions } = props;
  const alarm = new Alarm(scope, id, {
    ...(alarmName === undefined ? {} : { alarmName }),
    alarmDescription: meaning,
    metric,
    comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
    threshold: above,
    evaluationPeriods: periods?.of ?? 1,
    ...(periods && { datapointsToAlarm: periods.above }),
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
  tell(alarm, alarmActions);
  return alarm;
};

/** The options by which a command finds the service of a construct's stack. */
export const atStack = (scope: Construct): string => {
  const { stackName, region } = Stack.of(scope);
  return `--stack ${stackName} --region ${region}`;
};
