import { Aws, Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  Metric,
  Stats,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Policy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { MetricName } from '../../src/domain/kernel/index.ts';
import { relayRateSecondsMax } from '../../src/domain/kernel/safety.ts';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import { InvalidProp, tell } from './props.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * The Scheduler's shortest rate. An event that its command could not publish waits about this long.
 */
const rateDefault = Duration.minutes(1);

/** The Scheduler counts in whole minutes, and writes one of them in the singular. */
const scheduleExpression = (rate: Duration): string => {
  const minutes = rate.toMinutes();
  return `rate(${minutes} ${minutes === 1 ? 'minute' : 'minutes'})`;
};

/** A run that starts later than the next one is due is of no use: the next one does its work. */
const retryAttemptsMax = 1;
const eventAgeSecondsMax = 60;

/**
 * The other Region sends the events of a lost Region after two runs. An event that has waited for
 * this many is sent by nobody (`deriveSafety` gives the same age).
 */
const runsUntilLate = 10;

/** Five runs of each minute report in it. Minutes. */
const alarmPeriodMinutesMin = 5;

/**
 * Two runs report in each period at least, so that one that comes late leaves no gap. An alarm
 * takes a gap for an end of its cause, and would wake people again at the next run.
 */
const runsInAlarmPeriodMin = 2;

const alarmPeriodOf = (rate: Duration): Duration =>
  Duration.minutes(Math.max(alarmPeriodMinutesMin, runsInAlarmPeriodMin * rate.toMinutes()));

/** The function that publishes what commands left behind, and how often it runs. */
export type OutboxRelayProps = {
  /** CloudFormation names the schedule, its queue and its alarms unless given. */
  readonly scheduleName?: string;
  /** Between the starts of two runs, in whole minutes up to 12 hours; one minute unless given. */
  readonly rate?: Duration;
  /** How long an event may wait before an alarm. Milliseconds; that of ten runs unless given. */
  readonly oldestAgeMsMax?: number;
  /** An asynchronous function. */
  readonly relay: ServiceFunction;
  /** Powertools' namespace and service name, under which the relay reports its metrics. */
  readonly metrics: { readonly namespace: string; readonly service: string };
  /** Receive the alarms. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Encrypts starts that failed; SQS's own key unless given. */
  readonly encryptionKey?: IKey;
};

type AlarmOptions = {
  /** Ends the alarm's name. */
  readonly suffix: string;
  readonly metric: MetricName;
  readonly above: number;
  readonly meaning: string;
};

/**
 * Runs the relay once a minute, or at the given rate. A start that the Scheduler could not deliver
 * ends in a queue with an alarm.
 *
 * The relay may invoke itself: a run that has more to do than time asks for another one at once.
 *
 * Two more alarms watch the outbox, which both Regions share. One reports dead events, the other
 * one events that nobody sends. A third one comes when the relay does not run.
 *
 * @throws {InvalidProp} for a rate that the Scheduler does not know, or that is too slow for an
 * alarm
 */
export class OutboxRelay extends Construct {
  /** Starts the relay, in EventBridge Scheduler. */
  readonly schedule: CfnSchedule;
  /** Holds the starts that Lambda did not take. */
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: OutboxRelayProps) {
    super(scope, id);
    const { scheduleName, rate = rateDefault, relay, alarmActions, encryptionKey } = props;
    const seconds = rate.toSeconds({ integral: false });
    if (seconds < 60 || seconds % 60 !== 0 || seconds > relayRateSecondsMax) {
      throw new InvalidProp(
        `rate of ${this.node.path} is ${seconds} seconds, use whole minutes up to 12 hours`,
      );
    }
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      ...defined({
        queueName: scheduleName === undefined ? undefined : `${scheduleName}-undelivered`,
        alarmActions,
        encryptionKey,
      }),
      meaning: `The Scheduler could not start ${scheduleName ?? this.node.path}`,
    });
    const { functionArn } = relay.function;
    const { queueArn } = this.undelivered.queue;
    const role = this.#role(functionArn);
    this.schedule = new CfnSchedule(this, 'Schedule', {
      ...defined({ name: scheduleName }),
      scheduleExpression: scheduleExpression(rate),
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify({
          scheduledTime: '<aws.scheduler.scheduled-time>',
          rateSeconds: seconds,
        }),
        retryPolicy: {
          maximumRetryAttempts: retryAttemptsMax,
          maximumEventAgeInSeconds: eventAgeSecondsMax,
        },
        deadLetterConfig: { arn: queueArn },
      },
    });
    this.schedule.node.addDependency(role);
    // In a policy of its own: the function waits for those of its role, and this one names it.
    new Policy(this, 'RunsAgain', {
      roles: [relay.role],
      statements: [
        new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
      ],
    });
    this.#alarm('Dead', props, {
      suffix: 'dead',
      metric: 'OutboxDead',
      above: 0,
      meaning: `Events in the outbox were given up. Find the cause with: antipode outbox list ${this.#at()}. Mend it, then: antipode outbox redrive --dead ${this.#at()}`,
    });
    const { oldestAgeMsMax = runsUntilLate * rate.toMilliseconds() } = props;
    this.#alarm('Late', props, {
      suffix: 'late',
      metric: 'OutboxOldestAgeMs',
      above: oldestAgeMsMax,
      meaning: `An event waits for more than ${oldestAgeMsMax} ms. Find the cause in the log of the relay, and the events with: antipode outbox list --state pending ${this.#at()}`,
    });
    this.#silent(props);
  }

  /**
   * Comes where no run reports: a disabled schedule, a function that ends in INIT. Nothing fails
   * then. It also comes once when the relay is new, and ends with its first run.
   */
  #silent({ scheduleName, rate = rateDefault, metrics, alarmActions }: OutboxRelayProps): void {
    const alarm = new Alarm(this, 'Silent', {
      ...(scheduleName === undefined ? {} : { alarmName: `${scheduleName}-silent` }),
      alarmDescription: `The relay does not run: events that their command could not publish wait. See whether its schedule is enabled and its function starts: antipode status ${this.#at()}; antipode logs relay ${this.#at()}`,
      metric: new Metric({
        namespace: metrics.namespace,
        // Every run reports it, also of no event.
        metricName: 'OutboxRelayed' satisfies MetricName,
        dimensionsMap: { service: metrics.service },
        statistic: Stats.SAMPLE_COUNT,
        period: alarmPeriodOf(rate),
      }),
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      threshold: 1,
      evaluationPeriods: runsInAlarmPeriodMin,
      treatMissingData: TreatMissingData.BREACHING,
    });
    tell(alarm, alarmActions);
  }

  /** The options by which a command finds the service of this stack. */
  #at(): string {
    const { stackName, region } = Stack.of(this);
    return `--stack ${stackName} --region ${region}`;
  }

  #alarm(id: string, props: OutboxRelayProps, options: AlarmOptions): void {
    const { scheduleName, rate = rateDefault, metrics, alarmActions } = props;
    const { namespace, service } = metrics;
    const alarm = new Alarm(this, id, {
      ...(scheduleName === undefined ? {} : { alarmName: `${scheduleName}-${options.suffix}` }),
      alarmDescription: options.meaning,
      metric: new Metric({
        namespace,
        metricName: options.metric,
        dimensionsMap: { service },
        statistic: 'Maximum',
        period: alarmPeriodOf(rate),
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: options.above,
      evaluationPeriods: 1,
      // A run that does not report has an alarm of its own.
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    tell(alarm, alarmActions);
  }

  /** The Scheduler uses one role for the target and for its dead-letter queue. */
  #role(functionArn: string): Role {
    const defaultGroup = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
    });
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID, 'aws:SourceArn': defaultGroup },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [functionArn] }),
    );
    this.undelivered.grantSend(role);
    return role;
  }
}
