import { invalidParameter, invalidReceiptHandle, missingParameter } from '../errors.ts';
import type { Queue } from '../queue.ts';
import { checkRanges, visibilitySecondsMax } from './request.ts';

const handlePattern = /^[0-9a-f-]{36}\/[0-9a-f-]{36}$/;

const checkHandle = (handle: string): void => {
  if (!handlePattern.test(handle)) throw invalidReceiptHandle(handle);
};

/**
 * Deletes a message; one that is gone, or was received again meanwhile, is no error.
 *
 * @throws {AwsError} `ReceiptHandleIsInvalid` for a text that no queue gave.
 */
export const removeMessage = (
  queue: Queue,
  { ReceiptHandle }: { readonly ReceiptHandle: string },
): void => {
  checkHandle(ReceiptHandle);
  queue.remove(ReceiptHandle);
};

/**
 * Sets how long a received message stays hidden from now on.
 *
 * @throws {AwsError} `InvalidParameterValue` when the message is gone or was received again, and
 *   for a time that is out of range or would hide the message for more than 12 hours since it was
 *   received.
 */
export const changeVisibility = (
  queue: Queue,
  change: {
    readonly ReceiptHandle: string;
    readonly VisibilityTimeout?: number | undefined;
  },
): void => {
  const { ReceiptHandle, VisibilityTimeout } = change;
  if (VisibilityTimeout === undefined) throw missingParameter('VisibilityTimeout');
  checkRanges({ VisibilityTimeout });
  checkHandle(ReceiptHandle);
  const outcome = queue.changeVisibility(ReceiptHandle, VisibilityTimeout);
  if (outcome === 'too-long') {
    throw invalidParameter(
      'VisibilityTimeout',
      VisibilityTimeout,
      `Total VisibilityTimeout for the message is beyond the limit [${visibilitySecondsMax} seconds]`,
    );
  }
  if (outcome === 'missing') {
    throw invalidParameter(
      'ReceiptHandle',
      ReceiptHandle,
      'Message does not exist or is not available for visibility timeout change.',
    );
  }
};
