import { FunctionThrottled } from './errors.ts';
import { latestVersion } from './function-identifier.ts';
import type { InvocationRequest, InvocationResult } from './invocation.ts';

/** A message attribute in the form of the SQS API. */
export type MessageAttribute = {
  readonly DataType: 'String' | 'Number';
  readonly StringValue: string;
};

/** An attempt that did not succeed: the function failed, or was not run at all. */
export type FailedAttempt =
  | { readonly kind: 'functionError'; readonly result: InvocationResult }
  | { readonly kind: 'notRun'; readonly error: Error };

export type Attempt =
  | { readonly kind: 'succeeded'; readonly result: InvocationResult }
  | FailedAttempt;

/** Why Lambda gives up an asynchronous invocation. */
export type FailureCondition = 'RetriesExhausted' | 'EventAgeExceeded' | 'ZeroReservedConcurrency';

/** The end of an asynchronous invocation. */
export type AsyncResult<Last extends Attempt = Attempt> = {
  readonly invocation: InvocationRequest;
  readonly condition: 'Success' | FailureCondition;
  readonly invokeCount: number;
  readonly last: Last;
};

/**
 * Something that Lambda sends about an asynchronous invocation: its record, or the event as a dead
 * letter.
 */
export type DestinationMessage = {
  /** The ARN of a queue, a function or a bus. */
  readonly destinationArn: string;
  /** The function's ARN with its version. */
  readonly functionArn: string;
  readonly succeeded: boolean;
  /** JSON text. */
  readonly body: string;
  /** Message attributes of a dead letter; a record has none. */
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
  /** X-Ray header of the invocation. */
  readonly traceHeader: string | undefined;
};

/**
 * Brings a message to its destination.
 *
 * @throws {Error} when the destination does not take it. The message is then lost.
 */
export type SendToDestination = (message: DestinationMessage) => Promise<void> | void;

/** Lambda cuts the error message of a dead letter at 1 KB. */
const errorMessageCharsMax = 1024;

/** The ARN in the records of a function: they name the version that ran. */
export const versionedArn = (functionArn: string): string => `${functionArn}:${latestVersion}`;

/** A JSON object of JSON texts: parsing them would change how numbers are spelt. */
const jsonObject = (members: Readonly<Record<string, string>>): string =>
  `{${Object.entries(members)
    .map(([name, text]) => `${JSON.stringify(name)}:${text}`)
    .join(',')}}`;

/**
 * The record that a destination receives, as JSON text.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
export const invocationRecord = (
  { invocation, condition, invokeCount, last }: AsyncResult,
  functionArn: string,
  now: Date,
): string =>
  jsonObject({
    version: '"1.0"',
    timestamp: JSON.stringify(now),
    requestContext: JSON.stringify({
      requestId: invocation.requestId,
      functionArn: versionedArn(functionArn),
      condition,
      approximateInvokeCount: invokeCount,
    }),
    requestPayload: invocation.payload,
    ...(last.kind !== 'notRun' && {
      responseContext: JSON.stringify({
        statusCode: 200,
        executedVersion: latestVersion,
        functionError: last.result.functionError,
      }),
      responsePayload: last.result.payload,
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
}: AsyncResult<FailedAttempt>): Readonly<Record<string, MessageAttribute>> => {
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
