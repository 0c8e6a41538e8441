import { Duration } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmRule,
  AlarmState,
  CompositeAlarm,
  type IAlarm,
  type IAlarmAction,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import { InvalidProp } from '../constructs/props.ts';
import type { ServiceFunction } from '../constructs/service-function.ts';
import { failedShare, type ReportedMetrics } from './metrics.ts';
import { addAlarm, atStack } from './service-alarm.ts';

/**
 * The windows of the two alarms, and how many times faster than the objective allows the budget is
 * used up (The Site Reliability Workbook, "Alerting on SLOs", table 5-8). The long window says that
 * it matters, the short one that it still lasts.
 */
const burns = [
  { id: 'Fast', rate: 14.4, long: Duration.hours(1), short: Duration.minutes(5), spent: '2 %' },
  { id: 'Slow', rate: 6, long: Duration.hours(6), short: Duration.minutes(30), spent: '5 %' },
] as const;

/** Below it, the fast alarm would need more failed requests than there are. Percent. */
const availabilityMin = 95;

/** The API, and the share of its requests that may fail. */
export type ErrorBudgetProps = {
  /** Begins the names of the alarms; CloudFormation names them unless given. */
  readonly namePrefix?: string;
  /** The function that answers requests. */
  readonly api: ServiceFunction;
  /** The namespace and the name under which the function reports its failures. */
  readonly metrics: ReportedMetrics;
  /** The share of requests that must succeed in 30 days. Percent, 95 to less than 100. */
  readonly availabilityPercent: number;
  /** Receive the alarms. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * The objective of an API, and two alarms on how fast its error budget is used up. Each of them
 * needs two windows to be above: `ALARM(long) AND ALARM(short)`.
 *
 * An objective is for a service with many requests. At ten requests an hour, one failure is a share
 * of 10 %.
 *
 * @throws {InvalidProp} for an availability that no alarm could watch
 */
export class ErrorBudget extends Construct {
  constructor(scope: Construct, id: string, props: ErrorBudgetProps) {
    super(scope, id);
    const { namePrefix, availabilityPercent, alarmActions = [] } = props;
    if (!(availabilityPercent >= availabilityMin && availabilityPercent < 100)) {
      throw new InvalidProp(
        `availabilityPercent of ${this.node.path} is ${availabilityPercent}, use ${availabilityMin} to 99.999`,
      );
    }
    for (const { id: burn, rate, long, short, spent } of burns) {
      const windows = [this.#window(`${burn}Long`, props, rate, long)];
      windows.push(this.#window(`${burn}Short`, props, rate, short));
      const composite = new CompositeAlarm(this, burn, {
        ...(namePrefix === undefined
          ? {}
          : { compositeAlarmName: `${namePrefix}-budget-${burn.toLowerCase()}` }),
        alarmDescription: `The error budget of ${availabilityPercent} % is used up ${rate} times too fast: ${spent} of that of 30 days in ${long.toHumanString()}. Look with: antipode status ${atStack(this)}; antipode logs api --since 1h ${atStack(this)}`,
        alarmRule: AlarmRule.allOf(
          // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
          ...windows.map((one) => AlarmRule.fromAlarm(one as IAlarm, AlarmState.ALARM)),
        ),
      });
      composite.addAlarmAction(...alarmActions);
    }
  }

  /** An alarm of one window, which tells nobody by itself. */
  #window(id: string, props: ErrorBudgetProps, rate: number, period: Duration): Alarm {
    const { namePrefix, api, metrics, availabilityPercent } = props;
    const { functionName } = api.function;
    const share = Math.round(rate * (100 - availabilityPercent) * 1e6) / 1e6;
    const suffix = id.replace(/([a-z])([A-Z])/, '$1-$2').toLowerCase();
    return addAlarm(this, id, {
      ...(namePrefix === undefined ? {} : { alarmName: `${namePrefix}-budget-${suffix}` }),
      meaning: `More than ${share} % of the requests fail in ${period.toHumanString()}. A part of another alarm, which says: antipode status ${atStack(this)}`,
      metric: failedShare({ functionName, metrics }, period, 100),
      above: share,
    });
  }
}
