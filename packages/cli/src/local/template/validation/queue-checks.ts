import { isObject, type Json, numberOf, objectOf, stringOf, stringsOf } from '../json.ts';
import type { Resource } from '../model.ts';
import { isJson, isThere, type ResourceCheck } from './resource-check.ts';

/** Receives after which a message may be moved; SetQueueAttributes, API reference. */
const receivesMax = 1000;

/** Whether an ARN is that of a FIFO queue, whose name says so. */
export const isFifoArn = (arn: string): boolean => arn.endsWith('.fifo');

const parsed = (value: Json | undefined): Json | undefined =>
  typeof value === 'string' && isJson(value) ? (JSON.parse(value) as Json) : value;

const isFifo = ({ properties }: Resource): boolean => String(properties['FifoQueue']) === 'true';

const checkRedrive: ResourceCheck = (queue, context) => {
  const given = parsed(queue.properties['RedrivePolicy']);
  if (given === undefined || context.isPending(given)) return [];
  const { deadLetterTargetArn, maxReceiveCount } = objectOf(given);
  const arn = stringOf(deadLetterTargetArn);
  const receives = numberOf(maxReceiveCount);
  const isCount = receives !== undefined && receives >= 1 && receives <= receivesMax;
  return [
    ...(isObject(given) && arn !== undefined && maxReceiveCount !== undefined
      ? []
      : ['RedrivePolicy needs a deadLetterTargetArn and a maxReceiveCount']),
    ...(arn === undefined || isThere(context, queue, 'AWS::SQS::Queue', arn)
      ? []
      : [`RedrivePolicy: there is no queue ${arn} in this Region of the app`]),
    ...(arn === undefined || isFifoArn(arn) === isFifo(queue)
      ? []
      : ['RedrivePolicy: a FIFO queue has a FIFO queue for its dead letters, a standard one none']),
    ...(maxReceiveCount === undefined || isCount || context.isPending(maxReceiveCount)
      ? []
      : [`RedrivePolicy.maxReceiveCount is ${maxReceiveCount}; it must be 1 to ${receivesMax}`]),
  ];
};

/** Properties that only a FIFO queue may have. */
const fifoProperties = ['ContentBasedDeduplication', 'DeduplicationScope', 'FifoThroughputLimit'];

const checkFifo: ResourceCheck = (queue) =>
  isFifo(queue)
    ? []
    : fifoProperties
        .filter((name) => (queue.properties[name] ?? false) !== false)
        .map((name) => `${name}: only a FIFO queue may have it`);

const checkName: ResourceCheck = (queue) => {
  const name = stringOf(queue.properties['QueueName']) ?? '';
  if (name === '' || isFifoArn(name) === isFifo(queue)) return [];
  return isFifo(queue)
    ? [`QueueName is ${JSON.stringify(name)}; the name of a FIFO queue ends in .fifo`]
    : [`QueueName is ${JSON.stringify(name)}; only the name of a FIFO queue may have a dot`];
};

export const checkQueue: ResourceCheck = (queue, context) => [
  ...checkName(queue, context),
  ...checkFifo(queue, context),
  ...checkRedrive(queue, context),
];

/** A policy names queues by their URLs. */
export const checkQueuePolicy: ResourceCheck = (policy, context) =>
  stringsOf(policy.properties['Queues'])
    .filter((url) => !isThere(context, policy, 'AWS::SQS::Queue', url))
    .map((url) => `Queues: there is no queue ${url} in this Region of the app`);
