import { AwsError } from '../aws-json.ts';

/**
 * SQS's errors have two codes: the one of its JSON protocol, and the one of the older query
 * protocol, which clients still report.
 */

/** A parameter that SQS refuses. */
export const invalidValue = (message: string): AwsError =>
  new AwsError(message, {
    code: 'InvalidParameterValueException',
    queryCode: 'InvalidParameterValue',
  });

/** A parameter out of its range, in SQS's words. */
export const invalidParameter = (name: string, value: unknown, reason: string): AwsError =>
  invalidValue(`Value ${value} for parameter ${name} is invalid. Reason: ${reason}`);

/** A parameter that has to be there, or has to have content. */
export const missingParameter = (name: string): AwsError =>
  new AwsError(`The request must contain the parameter ${name}.`, {
    code: 'MissingRequiredParameterException',
    queryCode: 'MissingParameter',
  });

export const noSuchQueue = (): AwsError =>
  new AwsError('The specified queue does not exist.', {
    code: 'QueueDoesNotExist',
    queryCode: 'AWS.SimpleQueueService.NonExistentQueue',
  });

/** A queue, or a task that moves messages, that does not exist. */
export const noSuchResource = (
  parameter: string,
  message = `The resource that you specified for the ${parameter} parameter doesn't exist.`,
): AwsError =>
  new AwsError(message, {
    code: 'ResourceNotFoundException',
    queryCode: 'ResourceNotFoundException',
    status: 404,
  });

export const invalidReceiptHandle = (handle: string): AwsError =>
  new AwsError(`The input receipt handle "${handle}" is not a valid receipt handle.`, {
    code: 'ReceiptHandleIsInvalid',
    queryCode: 'ReceiptHandleIsInvalid',
  });

/** An operation that SQS does not allow in the present state. */
export const unsupported = (message: string): AwsError =>
  new AwsError(message, {
    code: 'UnsupportedOperation',
    queryCode: 'AWS.SimpleQueueService.UnsupportedOperation',
  });

/** A second purge within a minute. */
export const purgeInProgress = (queueName: string): AwsError =>
  new AwsError(`Only one PurgeQueue operation on ${queueName} is allowed every 60 seconds.`, {
    code: 'PurgeQueueInProgress',
    queryCode: 'AWS.SimpleQueueService.PurgeQueueInProgress',
    status: 403,
  });

export const unknownAttribute = (name: string): AwsError =>
  new AwsError(`Unknown Attribute ${name}.`, {
    code: 'InvalidAttributeName',
    queryCode: 'InvalidAttributeName',
  });

/** A body with a character that XML 1.0 does not have. */
export const invalidContents = (message: string): AwsError =>
  new AwsError(message, {
    code: 'InvalidMessageContents',
    queryCode: 'InvalidMessageContents',
  });

/** A batch that SQS refuses as a whole. */
export const batchError = (code: string, message: string): AwsError =>
  new AwsError(message, { code, queryCode: `AWS.SimpleQueueService.${code}` });
