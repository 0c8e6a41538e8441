import { Aws, Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { Grant, type IGrantable, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import { tell } from './props.ts';

/**
 * The longest time that SQS keeps a message. A person who was on holiday still finds the failure.
 */
const retention = Duration.days(14);

/**
 * A person can look at a message and decide in this time, and sees a message that was left again on
 * the same day.
 */
const visibilityTimeout = Duration.minutes(5);

/** The queue's name, the text of its alarm, and its key. */
export type DeadLetterQueueProps = {
  /** CloudFormation names it unless given. */
  readonly queueName?: string;
  /**
   * Explains a message in the queue to the person that the alarm wakes, as a sentence without its
   * full stop.
   */
  readonly meaning: string;
  /** Receive the alarm. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Encrypts the messages; SQS's own key unless given. */
  readonly encryptionKey?: IKey;
};

/**
 * EventBridge on behalf of this account's rules. It is for roles and keys: the policy of a key that
 * named a rule would wait for the rule, and the rule for the key. `aws-events-targets` pins keys in
 * the same way.
 */
export const eventBridgeOfAccount = (): ServicePrincipal =>
  new ServicePrincipal('events.amazonaws.com', {
    conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
  });

/** The command that an operator runs for the queues of a stack. */
const commandOnStack = (scope: Construct, command: 'list' | 'redrive'): string => {
  const { stackName, region } = Stack.of(scope);
  return `antipode dlq ${command} --stack ${stackName} --region ${region}`;
};

/**
 * A queue for events that could not be delivered or handled, with an alarm on its first message.
 */
export class DeadLetterQueue extends Construct {
  /** Keeps a message for 14 days, the longest time that SQS has. */
  readonly queue: Queue;
  /** Comes when a message is in the queue. */
  readonly alarm: Alarm;

  constructor(scope: Construct, id: string, props: DeadLetterQueueProps) {
    super(scope, id);
    const { queueName, meaning, encryptionKey } = props;
    this.queue = new Queue(this, 'Queue', {
      ...defined({ queueName, encryptionMasterKey: encryptionKey }),
      encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retention,
      visibilityTimeout,
    });
    const commandOn = (command: 'list' | 'redrive'): string =>
      `${commandOnStack(this, command)} --queue ${queueName ?? this.queue.queueName}`;
    this.alarm = new Alarm(this, 'NotEmpty', {
      ...(queueName === undefined ? {} : { alarmName: `${queueName}-not-empty` }),
      alarmDescription: `${meaning}. Find the cause with: ${commandOn('list')}. Mend it, then: ${commandOn('redrive')}`,
      metric: this.queue.metricApproximateNumberOfMessagesVisible({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: 0,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    tell(this.alarm, props.alarmActions);
  }

  /** Lets a function or a role put messages into it. */
  grantSend(sender: IGrantable): Grant {
    this.grantEncrypt(sender);
    return Grant.addToPrincipal({
      grantee: sender,
      actions: ['sqs:SendMessage'],
      resourceArns: [this.queue.queueArn],
    });
  }

  /** Lets a sender that the queue's own policy allows use the key, if there is one. */
  grantEncrypt(sender: IGrantable): void {
    this.queue.encryptionMasterKey?.grant(sender, 'kms:GenerateDataKey', 'kms:Decrypt');
  }
}
