import { Fn, Stack, Token } from 'aws-cdk-lib';
import type { Alarm, IAlarmAction, IMetric } from 'aws-cdk-lib/aws-cloudwatch';
import type { IEventBus, IRule } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import { awsMetric, fiveMinutes, sumOf } from './metrics.ts';
import { addAlarm, atStack } from './service-alarm.ts';

/** An alarm reads ten metrics at most (quotas of CloudWatch); one of them is the expression. */
const metricsMax = 9;

/**
 * The name of a rule on a bus of its own. CloudFormation refers to it by `bus|rule`, which is no
 * dimension of a metric (aws-cloudformation/cloudformation-coverage-roadmap, issues 1131 and 1949).
 */
const nameOf = ({ ruleName }: IRule): string =>
  Token.isUnresolved(ruleName) ? Fn.select(1, Fn.split('|', ruleName)) : ruleName;

/** The bus and the rules whose lost events are to be known. */
export type BusAlarmProps = {
  /** Begins the names of the alarms; CloudFormation names them unless given. */
  readonly namePrefix?: string;
  /** The bus that the rules listen to. */
  readonly eventBus: IEventBus;
  /** The archive's name: EventBridge fills it by a rule of its own. */
  readonly archiveName?: string;
  /** The rules that must deliver every event. */
  readonly rules: readonly IRule[];
  /** Receive the alarms. */
  readonly alarmActions?: readonly IAlarmAction[];
};

/**
 * The alarm on events that a bus has lost: a dead-letter queue refused them, or the archive did. It
 * is the one case in which no queue holds them.
 */
export class BusAlarm extends Construct {
  /** One alarm for each rule, and one for the archive where it is named. */
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: BusAlarmProps) {
    super(scope, id);
    const { namePrefix, eventBus, archiveName, rules, alarmActions } = props;
    const { eventBusName } = eventBus;
    const sum = { statistic: 'Sum', period: fiveMinutes };
    const of = (ruleName: string) => ({ EventBusName: eventBusName, RuleName: ruleName });
    const lost: readonly IMetric[] = [
      ...rules.map((rule) =>
        awsMetric('AWS/Events', 'InvocationsFailedToBeSentToDlq', of(nameOf(rule)), sum),
      ),
      // The name of the managed rule: user guide of EventBridge, archives.
      ...(archiveName === undefined
        ? []
        : [awsMetric('AWS/Events', 'FailedInvocations', of(`Events-Archive-${archiveName}`), sum)]),
    ];
    const parts = Array.from({ length: Math.ceil(lost.length / metricsMax) }, (_, part) =>
      lost.slice(part * metricsMax, (part + 1) * metricsMax),
    );
    this.alarms = parts.map((part, index) => {
      const suffix = index === 0 ? '' : String(index + 1);
      return addAlarm(this, `Lost${suffix}`, {
        ...(namePrefix === undefined ? {} : { alarmName: `${namePrefix}-lost${suffix}` }),
        meaning: `The bus ${eventBusName} has lost events: no dead-letter queue or no archive took them. The cause is in the log group /aws/vendedlogs/events/event-bus/${eventBusName}. Mend the policy of the queue, then: antipode outbox republish --origin ${Stack.of(this).region} --since TIME ${atStack(this)}`,
        metric: sumOf(Object.fromEntries(part.map((one, at) => [`m${at}`, one])), fiveMinutes),
        above: 0,
        alarmActions,
      });
    });
  }
}
