import * as v from 'valibot';
import { firstIssue } from '../aws-json.ts';

export type RedrivePolicy = {
  readonly deadLetterArn: string;
  /** Receives after which a message goes to the dead-letter queue instead. */
  readonly receivesMax: number;
};

/** The settings of a FIFO queue. */
export type FifoSettings = {
  /** Whether the body stands for a deduplication id that the sender does not give. */
  readonly contentBased: boolean;
  /** Whether deduplication ids count within a message group, rather than in the whole queue. */
  readonly perGroup: boolean;
};

export type QueueDefinition = {
  readonly name: string;
  readonly arn: string;
  readonly visibilityTimeoutSeconds: number;
  readonly delaySeconds: number;
  readonly receiveWaitSeconds: number;
  readonly retentionSeconds: number;
  readonly messageBytesMax: number;
  readonly redrive: RedrivePolicy | undefined;
  /** Absent from a standard queue. */
  readonly fifo: FifoSettings | undefined;
};

/** A queue that SQS would refuse, or that asks for what the local stack does not do. */
export class InvalidQueue extends Error {
  override readonly name = 'InvalidQueue';
}

/** SQS quotas and defaults (CreateQueue, API reference); 1 MiB for a message since August 2025. */
const visibilityTimeoutSecondsMax = 43_200;
const delaySecondsMax = 900;
const receiveWaitSecondsMax = 20;
const retentionSecondsMax = 1_209_600;
const messageBytesMax = 1024 * 1024;

const upTo = (max: number) =>
  v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
    v.minValue(0),
    v.maxValue(max),
  );

const redriveSchema = v.strictObject({
  deadLetterTargetArn: v.string(),
  maxReceiveCount: v.pipe(
    v.union([v.number(), v.pipe(v.string(), v.transform(Number))]),
    v.minValue(1),
    v.maxValue(1000),
  ),
});

const parsedJson = v.pipe(v.string(), v.parseJson());

const queueSchema = v.strictObject({
  QueueName: v.optional(v.string()),
  VisibilityTimeout: v.optional(upTo(visibilityTimeoutSecondsMax), 30),
  DelaySeconds: v.optional(upTo(delaySecondsMax), 0),
  ReceiveMessageWaitTimeSeconds: v.optional(upTo(receiveWaitSecondsMax), 0),
  MessageRetentionPeriod: v.optional(upTo(retentionSecondsMax), 345_600),
  MaximumMessageSize: v.optional(upTo(messageBytesMax), messageBytesMax),
  RedrivePolicy: v.optional(v.union([redriveSchema, v.pipe(parsedJson, redriveSchema)])),
  FifoQueue: v.optional(v.boolean(), false),
  ContentBasedDeduplication: v.optional(v.boolean(), false),
  DeduplicationScope: v.optional(v.picklist(['queue', 'messageGroup']), 'queue'),
  FifoThroughputLimit: v.optional(v.unknown()),
  RedriveAllowPolicy: v.optional(v.unknown()),
  KmsMasterKeyId: v.optional(v.unknown()),
  KmsDataKeyReusePeriodSeconds: v.optional(v.unknown()),
  SqsManagedSseEnabled: v.optional(v.unknown()),
  Tags: v.optional(v.unknown()),
});

/**
 * Reads the resolved properties of an `AWS::SQS::Queue`.
 *
 * @throws {InvalidQueue} for what SQS refuses and what the local stack would otherwise ignore.
 */
export const readQueue = (
  properties: unknown,
  {
    name,
    region,
    account,
  }: { readonly name: string; readonly region: string; readonly account: string },
): QueueDefinition => {
  const read = v.safeParse(queueSchema, properties);
  if (!read.success) throw new InvalidQueue(`Queue ${name}: ${firstIssue(read.issues)}`);
  const queue = read.output;
  const queueName = queue.QueueName ?? name;
  return {
    name: queueName,
    arn: `arn:aws:sqs:${region}:${account}:${queueName}`,
    visibilityTimeoutSeconds: queue.VisibilityTimeout,
    delaySeconds: queue.DelaySeconds,
    receiveWaitSeconds: queue.ReceiveMessageWaitTimeSeconds,
    retentionSeconds: queue.MessageRetentionPeriod,
    messageBytesMax: queue.MaximumMessageSize,
    redrive: queue.RedrivePolicy && {
      deadLetterArn: queue.RedrivePolicy.deadLetterTargetArn,
      receivesMax: queue.RedrivePolicy.maxReceiveCount,
    },
    fifo: queue.FifoQueue
      ? {
          contentBased: queue.ContentBasedDeduplication,
          perGroup: queue.DeduplicationScope === 'messageGroup',
        }
      : undefined,
  };
};
