import type { DeadLetter, DeadLetters } from '../../domain/kernel/index.ts';
import type { SendMessage } from './send-message.ts';

/** The longest that one message may take, both attempts included. Milliseconds. */
const sendMsMax = 5_000;

/** Lambda's records name the version that ran. */
const versioned = (functionArn: string): string =>
  functionArn.split(':').length > 7 ? functionArn : `${functionArn}:$LATEST`;

/**
 * The message of a dead letter without its event, in the form of the records that Lambda sends to
 * an on-failure destination: one redrive takes the messages of both.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
const recordOf = ({ cause, requestId, functionArn, attempts, failedAt }: DeadLetter) => ({
  version: '1.0',
  timestamp: new Date(failedAt).toISOString(),
  requestContext: {
    requestId,
    ...(functionArn === undefined ? {} : { functionArn: versioned(functionArn) }),
    // Lambda's own conditions say that it has given up; here the function has.
    condition: 'EventRefused',
    approximateInvokeCount: attempts,
  },
  responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
  responsePayload: { errorType: cause.name, errorMessage: cause.message },
});

/** The record as JSON, with the text of the event where that is known. */
const jsonOf = (letter: DeadLetter): string => {
  const { payload, payloadText = JSON.stringify(payload) } = letter;
  return `${JSON.stringify(recordOf(letter)).slice(0, -1)},"requestPayload":${payloadText}}`;
};

/**
 * JSON in the characters that SQS takes. Of the others, `JSON.stringify` escapes control characters
 * and lone surrogates, but not these two.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
 */
const toBody = (json: string): string =>
  json.replaceAll('\u{fffe}', '\\ufffe').replaceAll('\u{ffff}', '\\uffff');

/**
 * Dead letters in a queue of SQS.
 *
 * @example
 * const sendMessage = createSendMessage({ region, url, queueUrl, credentials });
 * const deadLetters = createSqsDeadLetters(sendMessage);
 */
export const createSqsDeadLetters = (sendMessage: SendMessage): DeadLetters => ({
  send: async (letter, deadline) => {
    const roomMs = Math.floor(Math.min(deadline - Date.now(), sendMsMax));
    await sendMessage(toBody(jsonOf(letter)), AbortSignal.timeout(Math.max(0, roomMs)));
  },
});
