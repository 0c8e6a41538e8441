import { Aws, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule } from 'aws-cdk-lib/aws-scheduler';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/** The Scheduler's shortest rate: what a command could not publish waits about this long. */
const scheduleExpression = 'rate(1 minute)';

/** A run that starts later than the next one is due is of no use: the next one does its work. */
const retryAttemptsMax = 1;
const eventAgeSecondsMax = 60;

export type OutboxRelayProps = {
  readonly scheduleName: string;
  /** An asynchronous function. */
  readonly relay: ServiceFunction;
};

/** Runs the relay once a minute; what the Scheduler cannot start ends in a queue with an alarm. */
export class OutboxRelay extends Construct {
  readonly schedule: CfnSchedule;
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: OutboxRelayProps) {
    super(scope, id);
    const { scheduleName, relay } = props;
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      queueName: `${scheduleName}-undelivered`,
      meaning: `The Scheduler could not start ${scheduleName}`,
    });
    const { functionArn } = relay.function;
    const { queueArn } = this.undelivered.queue;
    const role = this.#role(functionArn, queueArn);
    this.schedule = new CfnSchedule(this, 'Schedule', {
      name: scheduleName,
      scheduleExpression,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: functionArn,
        roleArn: role.roleArn,
        input: JSON.stringify({ scheduledTime: '<aws.scheduler.scheduled-time>' }),
        retryPolicy: {
          maximumRetryAttempts: retryAttemptsMax,
          maximumEventAgeInSeconds: eventAgeSecondsMax,
        },
        deadLetterConfig: { arn: queueArn },
      },
    });
    this.schedule.node.addDependency(role);
  }

  /** The Scheduler uses one role for the target and for its dead-letter queue. */
  #role(functionArn: string, queueArn: string): Role {
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
    const allow = (action: string, resource: string): void => {
      role.addToPolicy(new PolicyStatement({ actions: [action], resources: [resource] }));
    };
    allow('lambda:InvokeFunction', functionArn);
    allow('sqs:SendMessage', queueArn);
    return role;
  }
}
