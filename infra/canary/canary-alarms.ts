import { Duration, Lazy, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  type CfnAlarm,
  type IAlarmAction,
  type IMetric,
  MathExpression,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { CfnVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { AliasedFunction } from '../constructs/service-function.ts';
import { awsMetric, ownMetric, type ReportedMetrics } from '../operations/metrics.ts';
import { addAlarm, atStack } from '../operations/service-alarm.ts';

/** The shortest period of Lambda's metrics: the shortest canary has five of them. */
const period = Duration.minutes(1);

/** More than one of a hundred, as the alarm on the whole API. Percent. */
const errorPercentMax = 1;

/**
 * A share of one minute may be that of a single request. Failures in a second minute are no
 * accident, and are found while the shortest canary lasts.
 */
const failing = { of: 5, above: 2 };

/** The first requests of new environments are slow, so that one minute says less than of errors. */
const slow = { of: 5, above: 3 };

export type CanaryAlarmsProps = {
  readonly api: AliasedFunction;
  readonly metrics: ReportedMetrics;
  /** The time that nine of ten requests may take. Milliseconds. */
  readonly latencyMsMax: number;
  readonly alarmActions?: readonly IAlarmAction[] | undefined;
};

/**
 * Gives an alarm a logical id that changes with the version which it watches. CloudWatch leaves the
 * state of an alarm as it is when the alarm is changed (API reference, `PutMetricAlarm`): one that
 * was on because of the last version would stop the deployment that mends it.
 */
const anewForEach = (version: CfnVersion, alarm: Alarm): Alarm => {
  const resource = alarm.node.defaultChild as CfnAlarm;
  const stack = Stack.of(alarm);
  const fixed: string = stack.resolve(resource.logicalId);
  resource.overrideLogicalId(
    Lazy.uncachedString({
      produce: () => `${fixed}${String(stack.resolve(version.logicalId)).slice(-versionIdLength)}`,
    }),
  );
  return alarm;
};

/** Characters at the end of the logical id of a version, which the CDK takes from its digest. */
const versionIdLength = 32;

/** The alarms that judge the version which a deployment brings, by its own requests alone. */
export const addCanaryAlarms = (scope: Construct, props: CanaryAlarmsProps): readonly Alarm[] => {
  const { api, metrics, latencyMsMax, alarmActions } = props;
  const { functionName, currentVersion } = api.function;
  const { version } = currentVersion;
  // All three are on a request by an alias (Lambda developer guide, dimensions of metrics).
  const dimensions = {
    FunctionName: functionName,
    Resource: `${functionName}:${api.alias.aliasName}`,
    ExecutedVersion: version,
  };
  const sum = { statistic: 'Sum', period };
  const counts: Readonly<Record<string, IMetric>> = {
    errors: awsMetric('AWS/Lambda', 'Errors', dimensions, sum),
    failed: ownMetric(metrics, 'ApiFailed', sum, { version }),
    invocations: awsMetric('AWS/Lambda', 'Invocations', dimensions, sum),
  };
  const look = `CodeDeploy leads the requests back to the version before. Look with: antipode logs api --since 15m ${atStack(scope)}`;
  const failures = addAlarm(scope, 'Failing', {
    meaning: `More than ${errorPercentMax} % of the requests to the new version of ${functionName} fail: invocations that ended in an error, answers from 500. ${look}`,
    metric: new MathExpression({
      expression: '100*(FILL(errors,0)+FILL(failed,0))/invocations',
      usingMetrics: { ...counts },
      period,
    }),
    above: errorPercentMax,
    periods: failing,
    alarmActions,
  });
  const slowness = addAlarm(scope, 'Slow', {
    meaning: `One of ten requests to the new version of ${functionName} takes more than ${latencyMsMax} ms. ${look}`,
    metric: awsMetric('AWS/Lambda', 'Duration', dimensions, { statistic: 'p90', period }),
    above: latencyMsMax,
    periods: slow,
    alarmActions,
  });
  const made = currentVersion.node.defaultChild as CfnVersion;
  return [failures, slowness].map((alarm) => anewForEach(made, alarm));
};
