import * as v from 'valibot';
import { integer, type Operation } from '../../aws-json.ts';
import { pageOf } from '../../pages.ts';
import { invalidValue, purgeInProgress, unknownAttribute } from '../errors.ts';
import type { Queue } from '../queue.ts';
import type { Sqs } from '../sqs.ts';
import { existing, queueAt, selected, sqsOperation } from './request.ts';

const queueAttributes = ({ definition, counts }: Queue): Readonly<Record<string, string>> => {
  const { visible, inFlight, delayed } = counts();
  const { redrive, fifo } = definition;
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
    ...(fifo && {
      FifoQueue: 'true',
      ContentBasedDeduplication: String(fifo.contentBased),
      DeduplicationScope: fifo.perGroup ? 'messageGroup' : 'queue',
      FifoThroughputLimit: fifo.perGroup ? 'perMessageGroupId' : 'perQueue',
    }),
  };
};

/**
 * GetQueueAttributes, API reference; those of keys are absent from a queue here, those of FIFO
 * queues from a standard one.
 */
const attributeNames: ReadonlySet<string> = new Set([
  ...['All', 'Policy', 'VisibilityTimeout', 'MaximumMessageSize', 'MessageRetentionPeriod'],
  ...['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
  ...['ApproximateNumberOfMessagesDelayed', 'CreatedTimestamp', 'LastModifiedTimestamp'],
  ...['QueueArn', 'DelaySeconds', 'ReceiveMessageWaitTimeSeconds', 'RedrivePolicy'],
  ...['FifoQueue', 'ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'],
  ...['KmsMasterKeyId', 'KmsDataKeyReusePeriodSeconds', 'RedriveAllowPolicy'],
  'SqsManagedSseEnabled',
]);

/** ListQueues and ListDeadLetterSourceQueues, API reference. */
const queuesMax = 1_000;

const pageEntries = { MaxResults: v.optional(integer), NextToken: v.optional(v.string()) };

type PageInput = {
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
};

/** Without `MaxResults`, SQS lists as many queues as one answer may have, and gives no token. */
const listed = (
  queues: readonly Queue[],
  { MaxResults, NextToken }: PageInput,
): { readonly items: readonly Queue[]; readonly NextToken: string | undefined } => {
  if (MaxResults !== undefined && (MaxResults < 1 || MaxResults > queuesMax)) {
    throw invalidValue(
      `Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and ${queuesMax}.`,
    );
  }
  const part = pageOf(queues, ({ definition }) => definition.name, {
    itemsMax: MaxResults ?? queuesMax,
    token: NextToken,
  });
  if (!part) throw invalidValue('Invalid NextToken value.');
  return { items: part.items, NextToken: MaxResults === undefined ? undefined : part.nextToken };
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
  ListQueues: sqsOperation(
    v.strictObject({ QueueNamePrefix: v.optional(v.string(), ''), ...pageEntries }),
    ({ QueueNamePrefix, ...page }) => {
      const found = sqs.queues.filter(({ definition }) =>
        definition.name.startsWith(QueueNamePrefix),
      );
      const { items, NextToken } = listed(found, page);
      return { QueueUrls: items.map(urlOf), NextToken };
    },
  ),
  GetQueueAttributes: sqsOperation(
    v.strictObject({ QueueUrl: v.string(), AttributeNames: v.optional(v.array(v.string()), []) }),
    ({ QueueUrl, AttributeNames }) => {
      const queue = queueAt(sqs, QueueUrl);
      const unknown = AttributeNames.find((name) => !attributeNames.has(name));
      if (unknown !== undefined) throw unknownAttribute(unknown);
      return { Attributes: selected(queueAttributes(queue), AttributeNames) };
    },
  ),
  ListDeadLetterSourceQueues: sqsOperation(
    v.strictObject({ QueueUrl: v.string(), ...pageEntries }),
    ({ QueueUrl, ...page }) => {
      const sources = sqs.deadLetterSources(queueAt(sqs, QueueUrl).definition.arn);
      const { items, NextToken } = listed(sources, page);
      return { queueUrls: items.map(urlOf), NextToken };
    },
  ),
  PurgeQueue: sqsOperation(v.strictObject({ QueueUrl: v.string() }), ({ QueueUrl }) => {
    const queue = queueAt(sqs, QueueUrl);
    if (!sqs.purge(queue)) throw purgeInProgress(queue.definition.name);
    return undefined;
  }),
});
