import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { AwsError, type Operation, operation } from '../aws-json.ts';
import type { Queue } from './queue.ts';
import { existing, invalidValue, queueAt, selected } from './request.ts';
import type { Sqs } from './sqs.ts';

const queueAttributes = ({ definition, counts }: Queue): Readonly<Record<string, string>> => {
  const { visible, inFlight, delayed } = counts();
  const { redrive } = definition;
  return {
    QueueArn: definition.arn,
    ApproximateNumberOfMessages: String(visible),
    ApproximateNumberOfMessagesNotVisible: String(inFlight),
    ApproximateNumberOfMessagesDelayed: String(delayed),
    VisibilityTimeout: String(definition.visibilityTimeoutSeconds),
    DelaySeconds: String(definition.delaySeconds),
    ReceiveMessageWaitTimeSeconds: String(definition.receiveWaitSeconds),
    MessageRetentionPeriod: String(definition.retentionSeconds),
    MaximumMessageSize: String(definition.messageBytesMax),
    ...(redrive && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: redrive.deadLetterArn,
        maxReceiveCount: redrive.receivesMax,
      }),
    }),
  };
};

const startMove = (
  sqs: Sqs,
  { SourceArn, DestinationArn }: { SourceArn: string; DestinationArn?: string | undefined },
): unknown => {
  const source = sqs.byArn(SourceArn);
  if (!source || (DestinationArn !== undefined && !sqs.byArn(DestinationArn))) {
    throw new AwsError(
      "The resource that you specified for the SourceArn or DestinationArn parameter doesn't exist.",
      {
        code: 'ResourceNotFoundException',
      },
    );
  }
  if (!sqs.isDeadLetterQueue(SourceArn)) {
    throw invalidValue('Source queue must be configured as a Dead Letter Queue.');
  }
  sqs.moveMessages(source, DestinationArn);
  return {
    TaskHandle: Buffer.from(JSON.stringify({ taskId: randomUUID(), SourceArn })).toString('base64'),
  };
};

/** The operations on queues; `urlOf` gives their URLs. */
export const queueOperations = (
  sqs: Sqs,
  urlOf: (queue: Queue) => string,
): Record<string, Operation> => ({
  GetQueueUrl: operation(
    v.strictObject({
      QueueName: v.string(),
      QueueOwnerAWSAccountId: v.optional(v.literal(sqs.account)),
    }),
    ({ QueueName }) => ({ QueueUrl: urlOf(existing(sqs.byName(QueueName))) }),
  ),
  ListQueues: operation(
    v.strictObject({
      QueueNamePrefix: v.optional(v.string(), ''),
      MaxResults: v.optional(v.number()),
    }),
    ({ QueueNamePrefix, MaxResults }) => ({
      QueueUrls: sqs.queues
        .filter(({ definition }) => definition.name.startsWith(QueueNamePrefix))
        .slice(0, MaxResults)
        .map(urlOf),
    }),
  ),
  GetQueueAttributes: operation(
    v.strictObject({ QueueUrl: v.string(), AttributeNames: v.optional(v.array(v.string()), []) }),
    ({ QueueUrl, AttributeNames }) => ({
      Attributes: selected(queueAttributes(queueAt(sqs, QueueUrl)), AttributeNames),
    }),
  ),
  PurgeQueue: operation(v.strictObject({ QueueUrl: v.string() }), ({ QueueUrl }) =>
    queueAt(sqs, QueueUrl).purge(),
  ),
  StartMessageMoveTask: operation(
    v.strictObject({
      SourceArn: v.string(),
      DestinationArn: v.optional(v.string()),
      MaxNumberOfMessagesPerSecond: v.optional(v.number()),
    }),
    (input) => startMove(sqs, input),
  ),
});
