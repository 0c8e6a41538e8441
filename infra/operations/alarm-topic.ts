import { Aws } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { defined } from '../../src/domain/kernel/defined.ts';

/** The address that gets the alarms, and the key of the messages. */
export type AlarmTopicProps = {
  /** CloudFormation names it unless given. */
  readonly topicName?: string;
  /** Gets the alarms once its owner has confirmed the mail that AWS sends. */
  readonly email: string;
  /** Encrypts the messages; SNS keeps them as they are unless given. */
  readonly encryptionKey?: IKey;
};

/**
 * A topic that alarms tell, and the address that hears of them. Messages are taken over TLS only,
 * and from alarms and budgets of this account.
 *
 * @example
 * const { action } = new AlarmTopic(stack, 'Alarms', { email: 'on-call@example.com' });
 */
export class AlarmTopic extends Construct {
  /** The topic of SNS, for subscribers of your own. */
  readonly topic: Topic;
  /** Sends an alarm to the topic: give it to the parts that take `alarmActions`. */
  readonly action: IAlarmAction;

  constructor(scope: Construct, id: string, props: AlarmTopicProps) {
    super(scope, id);
    const { topicName, email, encryptionKey } = props;
    this.topic = new Topic(this, 'Topic', {
      ...defined({ topicName, masterKey: encryptionKey }),
      enforceSSL: true,
    });
    this.topic.addSubscription(new EmailSubscription(email));
    for (const service of ['cloudwatch', 'budgets']) this.#allow(service, props);
    // The CDK's class does not meet its own interface under `exactOptionalPropertyTypes`.
    this.action = new SnsAction(this.topic) as IAlarmAction;
  }

  /** A topic with a policy of its own takes messages of those alone that the policy names. */
  #allow(service: string, { encryptionKey }: AlarmTopicProps): void {
    // The conditions also go into the policy of the key.
    const principal = new ServicePrincipal(`${service}.amazonaws.com`, {
      conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [principal],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    encryptionKey?.grant(principal, 'kms:GenerateDataKey*', 'kms:Decrypt');
  }
}
