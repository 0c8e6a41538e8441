import type { Alarm, IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { requireWithin } from '../constructs/props.ts';
import type { ServiceFunction } from '../constructs/service-function.ts';
import { awsMetric, failedShare, fiveMinutes, ownMetric, type ReportedMetrics } from './metrics.ts';
import { addAlarm, atStack } from './service-alarm.ts';

/** A failure of one request in a hundred is felt, and one in a quiet hour wakes nobody. */
const errorPercentMaxDefault = 1;

/** Two of three periods: a deployment or a short conflict is over before that. */
const lasting = { of: 3, above: 2 };

/** The API, and the errors and the time that its users still bear. */
export type ApiAlarmsProps = {
  /** Begins the names of the alarms; CloudFormation names them unless given. */
  readonly namePrefix?: string;
  /** The function that answers requests. */
  readonly api: ServiceFunction;
  /** The namespace and the name under which the function reports its failures. */
  readonly metrics: ReportedMetrics;
  /** The 99th percentile of the function's time that users still bear. Milliseconds. */
  readonly latencyMsMax: number;
  /** The share of requests that may fail. Percent; 1 unless given. */
  readonly errorPercentMax?: number;
  /** Receive the alarms. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * The alarms on what users of an API feel: failed requests, refused ones, slow ones, and commands
 * that were given up.
 *
 * @throws {InvalidProp} for a latency below 1 ms or above 15 minutes
 */
export class ApiAlarms extends Construct {
  /** The alarm on failed requests. */
  readonly errors: Alarm;

  constructor(scope: Construct, id: string, props: ApiAlarmsProps) {
    super(scope, id);
    const { api, metrics, latencyMsMax, errorPercentMax = errorPercentMaxDefault } = props;
    requireWithin(this, 'latencyMsMax', latencyMsMax, [1, 900_000]);
    const { functionName } = api.function;
    const dimensions = { FunctionName: functionName };
    const sum = { statistic: 'Sum', period: fiveMinutes };
    const look = `Look with: antipode status ${atStack(this)}; antipode logs api --since 15m ${atStack(this)}`;
    this.errors = this.#alarm('Errors', 'errors', props, {
      meaning: `More than ${errorPercentMax} % of the requests fail: invocations that ended in an error, answers from 500, refused requests. ${look}`,
      metric: failedShare({ functionName, metrics }, fiveMinutes, 100),
      above: errorPercentMax,
      periods: lasting,
    });
    this.#alarm('Throttles', 'throttles', props, {
      meaning: `Lambda refuses requests: the account or the function has no concurrency left. Raise the quota of the account, or leave RESERVE_CONCURRENCY off. ${look}`,
      metric: awsMetric('AWS/Lambda', 'Throttles', dimensions, sum),
      above: 0,
    });
    this.#alarm('Latency', 'latency', props, {
      meaning: `One request of a hundred takes more than ${latencyMsMax} ms. ${look}`,
      metric: awsMetric('AWS/Lambda', 'Duration', dimensions, { ...sum, statistic: 'p99' }),
      above: latencyMsMax,
      periods: { of: 3, above: 3 },
    });
    this.#alarm('GivenUp', 'given-up', props, {
      meaning: `Commands or events were given up after retries: too many write one row, or the cluster cannot be reached. ${look}`,
      metric: ownMetric(metrics, 'RetryGivenUp', sum),
      above: 0,
      periods: lasting,
    });
  }

  #alarm(
    id: string,
    suffix: string,
    { namePrefix, alarmActions }: ApiAlarmsProps,
    alarm: Pick<Parameters<typeof addAlarm>[2], 'meaning' | 'metric' | 'above' | 'periods'>,
  ): Alarm {
    const named = namePrefix === undefined ? {} : { alarmName: `${namePrefix}-${suffix}` };
    return addAlarm(this, id, { ...named, ...alarm, alarmActions });
  }
}
