import { FunctionThrottled } from './errors.ts';
import type { Invocation, InvocationResult } from './invocation.ts';

/** A message attribute in the form of the SQS API. */
export type MessageAttribute = {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
};

/** An attempt that did not succeed: the function failed, or was not run at all. */
export type FailedAttempt =
  | { readonly kind: 'functionError'; readonly result: InvocationResult }
  | { readonly kind: 'notRun'; readonly error: Error };

/** An asynchronous invocation that Lambda has given up. */
export type FailedEvent = {
  readonly invocation: Invocation;
  readonly condition: 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';
  readonly invokeCount: number;
  readonly last: FailedAttempt;
};

/** Lambda cuts the error message of a dead letter at 1 KB. */
const errorMessageCharsMax = 1024;

/**
 * The record that an on-failure destination receives.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export const failureRecord = (
  { invocation, condition, invokeCount, last }: FailedEvent,
  functionArn: string,
  now: Date,
): string =>
  JSON.stringify({
    version: '1.0',
    timestamp: now.toISOString(),
    requestContext: {
      requestId: invocation.requestId,
      functionArn: `${functionArn}:$LATEST`,
      condition,
      approximateInvokeCount: invokeCount,
    },
    requestPayload: JSON.parse(invocation.payload),
    ...(last.kind === 'functionError' && {
      responseContext: {
        statusCode: 200,
        executedVersion: '$LATEST',
        functionError: last.result.functionError,
      },
      responsePayload: JSON.parse(last.result.payload),
    }),
  });

const errorMessageOf = (payload: string): string => {
  const error: unknown = JSON.parse(payload);
  return typeof error === 'object' && error && 'errorMessage' in error
    ? String(error.errorMessage)
    : payload;
};

/** The attributes of a dead letter, whose body is the event as it came. */
export const deadLetterAttributes = ({
  invocation,
  last,
}: FailedEvent): Readonly<Record<string, MessageAttribute>> => {
  const [code, message] =
    last.kind === 'functionError'
      ? ['200', errorMessageOf(last.result.payload)]
      : [last.error instanceof FunctionThrottled ? '429' : '500', last.error.message];
  return {
    RequestID: { DataType: 'String', StringValue: invocation.requestId },
    ErrorCode: { DataType: 'Number', StringValue: code },
    ErrorMessage: { DataType: 'String', StringValue: message.slice(0, errorMessageCharsMax) },
  };
};
