import { Duration } from 'aws-cdk-lib';
import { type IMetric, MathExpression, Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricName } from '../../src/domain/kernel/index.ts';

/**
 * The metrics of AWS's services that alarms and dashboards read, with the page that lists them. An
 * alarm on a name that nothing writes would never come.
 */
export const awsMetrics = {
  /** https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html */
  'AWS/Lambda': ['Invocations', 'Errors', 'Throttles', 'Duration', 'ConcurrentExecutions'],
  /** https://docs.aws.amazon.com/aurora-dsql/latest/userguide/cloudwatch-monitoring.html */
  'AWS/AuroraDSQL': [
    ...(['TotalTransactions', 'OccConflicts', 'QueryTimeouts', 'CommitLatency'] as const),
    ...(['ClusterStorageSize', 'TotalDPU'] as const),
  ],
  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html */
  'AWS/Events': ['FailedInvocations', 'InvocationsFailedToBeSentToDlq'],
  /**
   * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
   */
  'AWS/SQS': ['ApproximateNumberOfMessagesVisible', 'ApproximateAgeOfOldestMessage'],
} as const;

type AwsMetrics = typeof awsMetrics;

/** A metric of one of AWS's services. `period` is five minutes unless given. */
export const awsMetric = <Namespace extends keyof AwsMetrics>(
  namespace: Namespace,
  metricName: AwsMetrics[Namespace][number],
  dimensionsMap: Readonly<Record<string, string>>,
  { statistic, period }: MetricOptions,
): Metric => new Metric({ namespace, metricName, dimensionsMap, statistic, period });

/** How the values of a period become one. */
export type MetricOptions = { readonly statistic: string; readonly period: Duration };

/** Powertools' namespace and service name, under which the functions of a service report. */
export type ReportedMetrics = {
  /** The namespace in CloudWatch, such as `Antipode/antipode`. */
  readonly namespace: string;
  /** The service's name, which is the dimension `service`. */
  readonly service: string;
};

/**
 * A metric that the functions of a service write.
 *
 * @param dimensions those beside the name of the service
 */
export const ownMetric = (
  { namespace, service }: ReportedMetrics,
  metricName: MetricName,
  { statistic, period }: MetricOptions,
  dimensions: Readonly<Record<string, string>> = {},
): Metric => {
  const dimensionsMap = { service, ...dimensions };
  return new Metric({ namespace, metricName, dimensionsMap, statistic, period });
};

/** The period of most alarms: a failure is told in minutes, and one data point is no accident. */
export const fiveMinutes = Duration.minutes(5);

/** The sum of counts, of which each may be absent in a period. */
export const sumOf = (metrics: Readonly<Record<string, IMetric>>, period: Duration): IMetric =>
  new MathExpression({
    expression: Object.keys(metrics)
      .map((name) => `FILL(${name},0)`)
      .join('+'),
    usingMetrics: { ...metrics },
    period,
  });

type ApiMetrics = { readonly functionName: string; readonly metrics: ReportedMetrics };

/** The counts of a function and of its answers, as expressions name them. */
const apiCounts = ({ functionName, metrics }: ApiMetrics, period: Duration) => {
  const sum = { statistic: 'Sum', period };
  const dimensions = { FunctionName: functionName };
  return {
    errors: awsMetric('AWS/Lambda', 'Errors', dimensions, sum),
    failed: ownMetric(metrics, 'ApiFailed', sum),
    throttles: awsMetric('AWS/Lambda', 'Throttles', dimensions, sum),
    invocations: awsMetric('AWS/Lambda', 'Invocations', dimensions, sum),
  };
};

/**
 * The share of requests that failed: invocations that ended in an error or a timeout, answers with
 * a status from 500, and requests that Lambda refused. Lambda does not count the last among its
 * invocations, of which it reports none while it refuses all: that is a share of 100 %.
 *
 * @param factor 100 for percent
 */
export const failedShare = (api: ApiMetrics, period: Duration, factor: number): IMetric =>
  new MathExpression({
    expression: `${factor}*(FILL(errors,0)+FILL(failed,0)+FILL(throttles,0))/(FILL(invocations,0)+FILL(throttles,0))`,
    usingMetrics: apiCounts(api, period),
    period,
  });
