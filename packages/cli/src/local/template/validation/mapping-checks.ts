import { parseArn } from '../../arn.ts';
import { numberOf, stringOf } from '../json.ts';
import type { Resource } from '../model.ts';
import { namedFunction } from '../named-function.ts';
import { isFifoArn } from './queue-checks.ts';
import {
  type CheckedApp,
  checkFunctionName,
  isFunctionThere,
  isThere,
  type ResourceCheck,
} from './resource-check.ts';

/** Lambda's limits and defaults for mappings of queues (developer guide, Amazon SQS). */
const batchSizeDefault = 10;
const batchSizeWithoutWindowMax = 10;
const timeoutSecondsDefault = 3;
const visibilitySecondsDefault = 30;

const sourceOf = ({ properties }: Resource): string | undefined =>
  stringOf(properties['EventSourceArn']);

const isQueue = (arn: string | undefined): boolean => parseArn(arn ?? '')?.service === 'sqs';

/** A source that is pending, or is no queue, is for other checks. */
const queueOf = (mapping: Resource, { isPending }: CheckedApp): string | undefined => {
  const arn = sourceOf(mapping);
  return isQueue(arn) && !isPending(arn) ? arn : undefined;
};

const batchProblems = ({ properties }: Resource, arn: string): readonly string[] => {
  const size = numberOf(properties['BatchSize']) ?? batchSizeDefault;
  const window = numberOf(properties['MaximumBatchingWindowInSeconds']) ?? 0;
  if (isFifoArn(arn)) {
    return [
      ...(size > batchSizeWithoutWindowMax
        ? [`BatchSize is ${size}; a batch of a FIFO queue has at most ${batchSizeWithoutWindowMax}`]
        : []),
      ...(window > 0
        ? ['MaximumBatchingWindowInSeconds: a FIFO queue has no batching window']
        : []),
    ];
  }
  return size > batchSizeWithoutWindowMax && window === 0
    ? [`BatchSize is ${size}; above 10 it needs a MaximumBatchingWindowInSeconds of 1 or more`]
    : [];
};

/** Lambda refuses a queue that shows messages again while the function may still run. */
const visibilityProblems = (
  mapping: Resource,
  arn: string,
  { resources }: CheckedApp,
): readonly string[] => {
  const queue = resources.find(({ attributes }) => attributes['Arn'] === arn);
  const name = stringOf(mapping.properties['FunctionName']) ?? '';
  const fn = namedFunction(name, mapping.region, resources);
  if (!queue || !fn) return [];
  const timeout = numberOf(fn.properties['Timeout']) ?? timeoutSecondsDefault;
  const visibility = numberOf(queue.properties['VisibilityTimeout']) ?? visibilitySecondsDefault;
  return visibility < timeout
    ? [
        `the visibility timeout of its queue, ${visibility} s, is less than its function's timeout, ${timeout} s`,
      ]
    : [];
};

const twin = (mapping: Resource, arn: string, { resources }: CheckedApp): Resource | undefined => {
  const functionOf = ({ properties, region }: Resource) =>
    namedFunction(stringOf(properties['FunctionName']) ?? '', region, resources);
  const own = functionOf(mapping);
  return resources.find(
    (other) =>
      other.type === mapping.type &&
      other !== mapping &&
      other.region === mapping.region &&
      sourceOf(other) === arn &&
      own !== undefined &&
      functionOf(other) === own,
  );
};

export const checkMapping: ResourceCheck = (mapping, context) => {
  const arn = queueOf(mapping, context);
  const name = stringOf(mapping.properties['FunctionName']) ?? '';
  const missing = checkFunctionName('FunctionName')(mapping, context);
  if (arn === undefined) return missing;
  if (!isThere(context, mapping, 'AWS::SQS::Queue', arn)) {
    return [...missing, `EventSourceArn: there is no queue ${arn} in this Region of the app`];
  }
  const other = isFunctionThere(context, mapping, name) && twin(mapping, arn, context);
  return [
    ...missing,
    ...batchProblems(mapping, arn),
    ...visibilityProblems(mapping, arn, context),
    ...(other ? [`${other.logicalId} maps the same queue to the same function`] : []),
  ];
};

/** The source of a mapping, if it is one that AWS reads and the local stack does not. */
export const checkMappingSource: ResourceCheck = (mapping, { isPending }) => {
  const arn = sourceOf(mapping);
  if (mapping.type !== 'AWS::Lambda::EventSourceMapping' || isPending(arn) || isQueue(arn)) {
    return [];
  }
  const given = arn === undefined ? 'a mapping without it' : arn;
  return [`EventSourceArn: ${given} does not run here; use the ARN of a queue`];
};
