import type { HttpRequest } from 'antipode-local-dsql/http';
import type * as v from 'valibot';
import { type Operation, operation } from '../../aws-json.ts';
import { invalidParameter, missingParameter, noSuchQueue } from '../errors.ts';
import type { Queue } from '../queue.ts';
import type { Sqs } from '../sqs.ts';

/** Limits of SendMessage, ReceiveMessage and ChangeMessageVisibility (API reference). */
export const visibilitySecondsMax = 43_200;
const delaySecondsMax = 900;
const waitSecondsMax = 20;
const messagesMax = 10;

/** The numbers that a request may have, each with its range and with SQS's words for it. */
const ranges = {
  DelaySeconds: [0, delaySecondsMax, 'DelaySeconds must be >= 0 and <= 900.'],
  VisibilityTimeout: [0, visibilitySecondsMax, 'Must be between 0 and 43200, if provided.'],
  WaitTimeSeconds: [0, waitSecondsMax, 'Must be >= 0 and <= 20, if provided.'],
  MaxNumberOfMessages: [1, messagesMax, 'Must be between 1 and 10, if provided.'],
} as const;

/**
 * Checks the numbers of a request.
 *
 * @throws {AwsError} `InvalidParameterValue` for the first one out of its range.
 */
export const checkRanges = (
  input: Readonly<Partial<Record<keyof typeof ranges, number | undefined>>>,
): void => {
  for (const [name, [min, max, reason]] of Object.entries(ranges)) {
    const value = input[name as keyof typeof ranges];
    if (value !== undefined && (value < min || value > max)) {
      throw invalidParameter(name, value, reason);
    }
  }
};

/**
 * The name of a parameter as SQS's messages write it, such as `SendMessageBatchRequestEntry.1.Id`.
 */
const parameterName = ({ path }: v.BaseIssue<unknown>, entryName: string): string =>
  (path ?? [])
    .map(({ key }) => (key === 'Entries' ? entryName : typeof key === 'number' ? key + 1 : key))
    .join('.');

/**
 * An operation that refuses what is missing as SQS does.
 *
 * @param entryName SQS's name for an entry of a batch.
 */
export const sqsOperation = <Schema extends v.GenericSchema>(
  schema: Schema,
  run: (input: v.InferOutput<Schema>, request: HttpRequest) => unknown,
  entryName = 'Entries',
): Operation =>
  operation(schema, run, (issue) => missingParameter(parameterName(issue, entryName)));

/**
 * The queue, if there is one.
 *
 * @throws {AwsError} `QueueDoesNotExist`.
 */
export const existing = (queue: Queue | undefined): Queue => {
  if (!queue) throw noSuchQueue();
  return queue;
};

/** The account of a queue in its URL, before its name. */
const accountPattern = /^\d{12}$/;

/** A queue by its URL, of which the account and the name count. */
export const queueAt = (sqs: Sqs, url: string): Queue => {
  const [name = '', account = ''] = url.split('/').reverse();
  const isForeign = accountPattern.test(account) && account !== sqs.account;
  return existing(isForeign ? undefined : sqs.byName(name));
};

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
