import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { integer, type Operation } from '../aws-json.ts';
import { pageOf } from '../pages.ts';
import { invalidValue, noSuchResource, unknownAttribute } from './errors.ts';
import type { Queue } from './queue.ts';
import { existing, queueAt, selected, sqsOperation } from './request.ts';
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

/** GetQueueAttributes, API reference; those of FIFO queues and keys are absent from a queue here. */
const attributeNames: ReadonlySet<string> = new Set([
  ...['All', 'Policy', 'VisibilityTimeout', 'MaximumMessageSize', 'MessageRetentionPeriod'],
  ...['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  ...['ApproximateNumberOfMessagesDelayed', 'CreatedTimestamp', 'LastModifiedTimestamp'],
  ...['QueueArn', 'DelaySeconds', 'ReceiveMessageWaitTimeSeconds', 'RedrivePolicy'],
  ...['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'],
  ...['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'RedriveAllowPolicy'],
  'SqsManagedSseEnabled',
]);

/** ListQueues, API reference. */
const queuesMax = 1_000;

const listSchema = v.strictObject({
  QueueNamePrefix: v.optional(v.string(), ''),
  MaxResults: v.optional(integer),
  NextToken: v.optional(v.string()),
});

/** Without `MaxResults`, SQS answers as many queues as one answer has and no token. */
const listQueues = (
  sqs: Sqs,
  { QueueNamePrefix, MaxResults, NextToken }: v.InferOutput<typeof listSchema>,
  urlOf: (queue: Queue) => string,
): unknown => {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > queuesMax)) {
    throw invalidValue(
      `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${queuesMax}.`,
    );
  }
  const found = sqs.queues.filter(({ definition }) => definition.name.startsWith(QueueNamePrefix));
  const part = pageOf(found, ({ definition }) => definition.name, {
    itemsMax: MaxResults ?? queuesMax,
    token: NextToken,
  });
  if (!part) throw invalidValue('Invalid NextToken value.');
  return {
    QueueUrls: part.items.map(urlOf),
    NextToken: MaxResults === undefined ? undefined : part.nextToken,
  };
};

const startMove = (
  sqs: Sqs,
  { SourceArn, DestinationArn }: { SourceArn: string; DestinationArn?: string | undefined },
): unknown => {
  const source = sqs.byArn(SourceArn);
  if (!source) throw noSuchResource('SourceArn');
  if (DestinationArn !== undefined && !sqs.byArn(DestinationArn)) {
    throw noSuchResource('DestinationArn');
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
  GetQueueUrl: sqsOperation(
    v.strictObject({
      QueueName: v.string(),
      QueueOwnerAWSAccountId: v.optional(v.string(), sqs.account),
    }),
    ({ QueueName, QueueOwnerAWSAccountId: owner }) => ({
      QueueUrl: urlOf(existing(owner === sqs.account ? sqs.byName(QueueName) : undefined)),
    }),
  ),
  ListQueues: sqsOperation(listSchema, (input) => listQueues(sqs, input, urlOf)),
  GetQueueAttributes: sqsOperation(
    v.strictObject({ QueueUrl: v.string(), AttributeNames: v.optional(v.array(v.string()), []) }),
    ({ QueueUrl, AttributeNames }) => {
      const queue = queueAt(sqs, QueueUrl);
      const unknown = AttributeNames.find((name) => !attributeNames.has(name));
      if (unknown !== undefined) throw unknownAttribute(unknown);
      return { Attributes: selected(queueAttributes(queue), AttributeNames) };
    },
  ),
  PurgeQueue: sqsOperation(v.strictObject({ QueueUrl: v.string() }), ({ QueueUrl }) =>
    queueAt(sqs, QueueUrl).purge(),
  ),
  StartMessageMoveTask: sqsOperation(
    v.strictObject({
      SourceArn: v.string(),
      DestinationArn: v.optional(v.string()),
      MaxNumberOfMessagesPerSecond: v.optional(integer),
    }),
    (input) => startMove(sqs, input),
  ),
});
