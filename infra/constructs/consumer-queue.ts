import { Duration, Stack } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { IRule, IRuleTarget, RuleTargetConfig } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';
import type { ConsumerQueueSettings } from '../../src/domain/kernel/work/consumer-queue.ts';
import { eventBridgeOfAccount } from './dead-letter-queue.ts';
import { tell } from './props.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * The longest time that SQS keeps a message. A consumer that stands still loses nothing so long.
 */
const retention = Duration.days(14);

/**
 * Visibility timeouts in timeouts of the function. Lambda may then try a throttled batch again
 * before the queue shows it to others (developer guide, SQS).
 */
const timeoutsHidden = 6;

/** Lambda's default of a timeout, for a function that sets none. */
const timeoutSecondsDefault = 3;

/** An event may wait so long without an alarm, and longer while it is tried again. Seconds. */
const waitSecondsMax = 15 * 60;

export type ConsumerQueueProps = {
  /** CloudFormation names it unless given. */
  readonly queueName?: string;
  readonly settings: ConsumerQueueSettings;
  /** The function that reads it. */
  readonly consumer: ServiceFunction;
  /** Keeps events that the function could not handle. */
  readonly deadLetters: IQueue;
  /** Receive the alarm of events that wait too long. */
  readonly alarmActions?: readonly IAlarmAction[];
  /** Encrypts the events; SQS's own key unless given. */
  readonly encryptionKey?: IKey;
};

/**
 * A queue between a bus and a function, whose messages the function gets in batches. An event that
 * fails for good goes to `deadLetters`. An alarm comes when events wait too long.
 */
export class ConsumerQueue extends Construct {
  readonly queue: Queue;
  readonly alarm: Alarm;
  readonly mapping: EventSourceMapping;

  constructor(scope: Construct, id: string, props: ConsumerQueueProps) {
    super(scope, id);
    const { queueName, settings, consumer, deadLetters, encryptionKey } = props;
    const { batchSize, batchWindowSeconds, concurrencyMax, receivesMax } = settings;
    const timeoutSeconds = consumer.function.timeout?.toSeconds() ?? timeoutSecondsDefault;
    const hiddenSeconds = timeoutsHidden * timeoutSeconds + batchWindowSeconds;
    this.queue = new Queue(this, 'Queue', {
      ...defined({ queueName, encryptionMasterKey: encryptionKey }),
      encryption: encryptionKey ? QueueEncryption.KMS : QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: retention,
      visibilityTimeout: Duration.seconds(hiddenSeconds),
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: receivesMax },
    });
    consumer.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
      this.queue.queueArn,
    );
    encryptionKey?.grantDecrypt(consumer);
    this.mapping = new EventSourceMapping(this, 'Mapping', {
      target: consumer.function,
      eventSourceArn: this.queue.queueArn,
      batchSize,
      maxBatchingWindow: Duration.seconds(batchWindowSeconds),
      ...defined({ maxConcurrency: concurrencyMax }),
      reportBatchItemFailures: true,
    });
    // Lambda asks for the permissions when the mapping is made.
    this.mapping.node.addDependency(consumer.role);
    this.alarm = this.#alarm(props, Math.max(waitSecondsMax, receivesMax * hiddenSeconds));
  }

  #alarm({ queueName, consumer, alarmActions }: ConsumerQueueProps, seconds: number): Alarm {
    const { region } = Stack.of(this);
    const { functionName } = consumer.function;
    const alarm = new Alarm(this, 'Waiting', {
      ...(queueName === undefined ? {} : { alarmName: `${queueName}-waiting` }),
      alarmDescription: `Events wait for ${functionName} for more than ${seconds} s: it is slow, throttled or not invoked. Look with: aws lambda list-event-source-mappings --function-name ${functionName} --region ${region}`,
      metric: this.queue.metricApproximateAgeOfOldestMessage({
        period: Duration.minutes(1),
        statistic: 'Maximum',
      }),
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      threshold: seconds,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    tell(alarm, alarmActions);
    return alarm;
  }

  /** The target by which a rule, and no other, puts its events into the queue. */
  targetOf(delivery: Omit<RuleTargetConfig, 'arn' | 'targetResource'>): IRuleTarget {
    return {
      bind: (rule: IRule) => {
        const principal = new ServicePrincipal('events.amazonaws.com');
        this.queue.addToResourcePolicy(
          new PolicyStatement({
            principals: [principal],
            actions: ['sqs:SendMessage'],
            resources: [this.queue.queueArn],
            conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
          }),
        );
        this.queue.encryptionMasterKey?.grant(
          eventBridgeOfAccount(),
          'kms:GenerateDataKey',
          'kms:Decrypt',
        );
        return { ...delivery, arn: this.queue.queueArn, targetResource: this.queue };
      },
    };
  }
}
