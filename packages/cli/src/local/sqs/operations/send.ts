import type { HttpRequest } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { integer } from '../../aws-json.ts';
import { invalidContents, invalidParameter, invalidValue, missingParameter } from '../errors.ts';
import { attributesMd5, bodyMd5, type MessageContent, messageBytes } from '../message.ts';
import {
  attributesSchema,
  contentFlaw,
  readAttributes,
  readSystemAttributes,
} from '../message-attributes.ts';
import type { Queue } from '../queue.ts';
import { checkRanges } from './request.ts';

/** The parameters of one message, alone or in a batch. */
export const messageEntries = {
  MessageBody: v.optional(v.string(), ''),
  DelaySeconds: v.optional(integer),
  MessageAttributes: v.optional(attributesSchema, {}),
  MessageSystemAttributes: v.optional(attributesSchema, {}),
  MessageGroupId: v.optional(v.string()),
  MessageDeduplicationId: v.optional(v.string()),
};

const messageSchema = v.object(messageEntries);

export type MessageParameters = v.InferOutput<typeof messageSchema>;

/** A message that SQS takes. */
export type AcceptedMessage = {
  readonly content: MessageContent;
  readonly delaySeconds: number | undefined;
};

/** Letters, digits and punctuation of ASCII. */
const groupIdPattern = /^[!-~]{1,128}$/;

const checkGroup = ({ MessageGroupId, MessageDeduplicationId }: MessageParameters): void => {
  if (MessageGroupId !== undefined && !groupIdPattern.test(MessageGroupId)) {
    throw invalidParameter(
      'MessageGroupId',
      MessageGroupId,
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  }
  if (MessageDeduplicationId !== undefined) {
    throw invalidParameter(
      'MessageDeduplicationId',
      MessageDeduplicationId,
      'The request include parameter that is not valid for this queue type.',
    );
  }
};

/** The message gets the X-Ray header of the request, unless the sender gives another one. */
const traceOf = ({ headers }: HttpRequest): Readonly<Record<string, unknown>> => {
  const StringValue = headers['x-amzn-trace-id'];
  return StringValue === undefined ? {} : { AWSTraceHeader: { DataType: 'String', StringValue } };
};

/**
 * Judges a message as SQS does.
 *
 * @throws {AwsError} for the first parameter that SQS refuses.
 */
export const acceptMessage = (
  queue: Queue,
  message: MessageParameters,
  request: HttpRequest,
  tooLong = 'One or more parameters are invalid.',
): AcceptedMessage => {
  const { MessageBody: body, DelaySeconds, MessageGroupId } = message;
  if (body === '') throw missingParameter('MessageBody');
  checkRanges({ DelaySeconds });
  const flaw = contentFlaw(body, 'message body');
  if (flaw !== undefined) throw invalidContents(flaw);
  checkGroup(message);
  const content: MessageContent = {
    body,
    attributes: readAttributes(message.MessageAttributes),
    systemAttributes: readSystemAttributes({
      ...traceOf(request),
      ...message.MessageSystemAttributes,
    }),
    ...(MessageGroupId !== undefined && { groupId: MessageGroupId }),
  };
  const { messageBytesMax } = queue.definition;
  if (messageBytes(content) > messageBytesMax) {
    throw invalidValue(`${tooLong} Reason: Message must be shorter than ${messageBytesMax} bytes.`);
  }
  return { content, delaySeconds: DelaySeconds };
};

/** Puts a message into a queue; the answer has the checksums that clients compare. */
export const sendMessage = (
  queue: Queue,
  { content, delaySeconds }: AcceptedMessage,
): Readonly<Record<string, string | undefined>> => ({
  MessageId: queue.send(content, delaySeconds),
  MD5OfMessageBody: bodyMd5(content.body),
  MD5OfMessageAttributes: attributesMd5(content.attributes),
  MD5OfMessageSystemAttributes: attributesMd5(content.systemAttributes ?? {}),
});
