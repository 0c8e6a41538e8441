import { Stack } from 'aws-cdk-lib';
import { type IAlarmAction, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { DsqlClusterBase } from '../constructs/dsql-cluster.ts';
import { awsMetric, fiveMinutes } from './metrics.ts';
import { addAlarm } from './service-alarm.ts';

/** A cluster's default quota is 10 TiB (quotas of Aurora DSQL): four fifths leave time to act. */
const storageBytesMax = 8 * 2 ** 40;

/** CommitLatency is a median; two Regions of one set need about 30 to 70 ms for a commit. */
const commitMsMax = 500;

/** Above it, most of what is retried is lost again. Percent of the transactions. */
const conflictPercentMax = 20;

/** Below it, a share says nothing. Transactions in five minutes. */
const transactionsMin = 100;

/** The cluster whose transactions, conflicts and storage are watched. */
export type DatabaseAlarmsProps = {
  /** Begins the names of the alarms; CloudFormation names them unless given. */
  readonly namePrefix?: string;
  /** The cluster that is watched. */
  readonly cluster: DsqlClusterBase;
  /** The stack of the service in this Region, which commands name; its own unless given. */
  readonly serviceStack?: string;
  /** Receive the alarms. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * The alarms on a cluster's own metrics in its Region: transactions that ran out of time,
 * conflicts, slow commits, and storage.
 *
 * The user guide of Aurora DSQL lists the metrics, and their dimension is `ClusterId`.
 */
export class DatabaseAlarms extends Construct {
  constructor(scope: Construct, id: string, props: DatabaseAlarmsProps) {
    super(scope, id);
    const { cluster, namePrefix, alarmActions } = props;
    const { stackName, region } = Stack.of(this);
    const dimensions = { ClusterId: cluster.identifier };
    const sum = { statistic: 'Sum', period: fiveMinutes };
    const alarm = (
      name: string,
      others: Pick<Parameters<typeof addAlarm>[2], 'meaning' | 'metric' | 'above' | 'periods'>,
    ): void => {
      const [first = '', ...rest] = name;
      addAlarm(this, `${first.toUpperCase()}${rest.join('')}`, {
        ...(namePrefix === undefined ? {} : { alarmName: `${namePrefix}-${name}` }),
        ...others,
        alarmActions,
      });
    };
    const { serviceStack = stackName } = props;
    const look = `Look with: antipode status --stack ${serviceStack} --region ${region}`;
    alarm('timeouts', {
      meaning: `Transactions reached the longest time that DSQL gives them, 300 s. ${look}`,
      metric: awsMetric('AWS/AuroraDSQL', 'QueryTimeouts', dimensions, sum),
      above: 0,
    });
    alarm('conflicts', {
      meaning: `More than ${conflictPercentMax} % of the transactions lose a conflict: many write the same rows. ${look}`,
      metric: new MathExpression({
        expression: `IF(total>${transactionsMin},100*FILL(lost,0)/total,0)`,
        usingMetrics: {
          lost: awsMetric('AWS/AuroraDSQL', 'OccConflicts', dimensions, sum),
          total: awsMetric('AWS/AuroraDSQL', 'TotalTransactions', dimensions, sum),
        },
        period: fiveMinutes,
      }),
      above: conflictPercentMax,
      periods: { of: 3, above: 3 },
    });
    alarm('commits', {
      meaning: `Half of the commits take more than ${commitMsMax} ms. See the health page of AWS for both Regions. ${look}`,
      metric: awsMetric('AWS/AuroraDSQL', 'CommitLatency', dimensions, {
        ...sum,
        statistic: 'Average',
      }),
      above: commitMsMax,
      periods: { of: 3, above: 3 },
    });
    alarm('storage', {
      meaning: `The cluster holds more than 8 of the 10 TiB of its default quota, beyond which writes fail. Raise the quota or delete data. ${look}`,
      metric: awsMetric('AWS/AuroraDSQL', 'ClusterStorageSize', dimensions, {
        ...sum,
        statistic: 'Maximum',
      }),
      above: storageBytesMax,
    });
  }
}
