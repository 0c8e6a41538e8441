import type { EventConsumer, ServiceFunction } from 'antipode/infra';
import { Duration } from 'aws-cdk-lib';
import { Rule } from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';

/** Puts a queue between a bus and a function of a consumer, which then gets ten events at once. */
export const feedByQueue = (
  scope: Construct,
  { function: handler }: ServiceFunction,
  { eventBus }: Pick<EventConsumer, 'eventBus'>,
): Queue => {
  const deadLetters = new Queue(scope, 'DeadLetters', { retentionPeriod: Duration.days(14) });
  const queue = new Queue(scope, 'Entrance', {
    // Six times the timeout of the function, as Lambda asks for.
    visibilityTimeout: Duration.seconds(90),
    deadLetterQueue: { queue: deadLetters, maxReceiveCount: 5 },
  });
  new Rule(scope, 'ToQueue', {
    eventBus,
    eventPattern: { source: ['shop.tickets'], detailType: ['TicketSold'] },
    targets: [new SqsQueue(queue)],
  });
  handler.addEventSource(
    new SqsEventSource(queue, { batchSize: 10, reportBatchItemFailures: true }),
  );
  return queue;
};
