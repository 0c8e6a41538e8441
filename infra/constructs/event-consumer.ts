import { Duration } from 'aws-cdk-lib';
import { type EventPattern, type IEventBus, Rule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import { DeadLetterQueue } from './dead-letter-queue.ts';
import type { ServiceFunction } from './service-function.ts';

/** EventBridge's own defaults and maxima, written down because they decide how long an outage may last. */
const deliveryAttemptsMax = 185;
const deliveryAgeMax = Duration.hours(24);

export type EventConsumerProps = {
  readonly eventBus: IEventBus;
  readonly ruleName: string;
  readonly pattern: EventPattern;
  /** An asynchronous function: EventBridge does not wait for what comes of an event. */
  readonly consumer: ServiceFunction;
};

/**
 * Hands the events that fit a pattern to a function.
 *
 * Two things can fail, so there are two queues: EventBridge could not invoke the function (`undelivered`), or the
 * function failed at the event (`consumer.failures`).
 *
 * @throws when the function keeps no failures
 */
export class EventConsumer extends Construct {
  readonly rule: Rule;
  readonly undelivered: DeadLetterQueue;

  constructor(scope: Construct, id: string, props: EventConsumerProps) {
    super(scope, id);
    const { ruleName, consumer } = props;
    if (!consumer.failures) {
      throw new Error(`${consumer.node.path} consumes events: give it an asynchronous policy`);
    }
    this.undelivered = new DeadLetterQueue(this, 'Undelivered', {
      queueName: `${ruleName}-undelivered`,
      meaning: `EventBridge could not hand events of rule ${ruleName} to their function`,
    });
    this.rule = new Rule(this, 'Rule', {
      ruleName,
      eventBus: props.eventBus,
      eventPattern: props.pattern,
      targets: [
        new LambdaFunction(consumer.function, {
          deadLetterQueue: this.undelivered.queue,
          retryAttempts: deliveryAttemptsMax,
          maxEventAge: deliveryAgeMax,
        }),
      ],
    });
  }
}
