import { AwsError } from '../aws-json.ts';
import type { Queue } from './queue.ts';
import type { Sqs } from './sqs.ts';

/** A parameter that SQS refuses. */
export const invalidValue = (message: string): AwsError =>
  new AwsError(message, {
    code: 'InvalidParameterValueException',
    queryCode: 'InvalidParameterValue',
  });

const noSuchQueue = (): AwsError =>
  new AwsError('The specified queue does not exist.', {
    code: 'QueueDoesNotExist',
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });

/**
 * The queue, if there is one.
 *
 * @throws {AwsError} `QueueDoesNotExist`.
 */
export const existing = (queue: Queue | undefined): Queue => {
  if (!queue) throw noSuchQueue();
  return queue;
};

/** A queue by its URL, of which only the last part counts. */
export const queueAt = (sqs: Sqs, url: string): Queue =>
  existing(sqs.byName(url.split('/').at(-1) ?? ''));

const isWanted = (name: string, wanted: readonly string[]): boolean =>
  wanted.some(
    (each) =>
      each === 'All' ||
      each === name ||
      (each.endsWith('.*') && name.startsWith(each.slice(0, -2))),
  );

/** The values that a request names; `All`, a name, or `prefix.*`. */
export const selected = <Value>(
  values: Readonly<Record<string, Value>>,
  wanted: readonly string[],
): Readonly<Record<string, Value>> | undefined => {
  const entries = Object.entries(values).filter(([name]) => isWanted(name, wanted));
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
};
