import type { HttpRequest } from 'antipode-local-dsql/http';
import * as v from 'valibot';
import { integer } from '../../aws-json.ts';
import { invalidContents, invalidParameter, invalidValue, missingParameter } from '../errors.ts';
import { contentDigest } from '../fifo.ts';
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

/** For a parameter that the other type of queue has. */
const otherType = 'The request include parameter that is not valid for this queue type.';

/** The group of a message, and in a FIFO queue the id by which it is known again. */
const orderOf = (
  { definition: { fifo } }: Queue,
  message: MessageParameters,
): Pick<MessageContent, 'groupId' | 'deduplicationId'> => {
  const { MessageBody, MessageGroupId: groupId, MessageDeduplicationId, DelaySeconds } = message;
  if (!fifo) {
    if (MessageDeduplicationId !== undefined) {
      throw invalidParameter('MessageDeduplicationId', MessageDeduplicationId, otherType);
    }
    return groupId === undefined ? {} : { groupId };
  }
  if (groupId === undefined) throw missingParameter('MessageGroupId');
  if (DelaySeconds) throw invalidParameter('DelaySeconds', DelaySeconds, otherType);
  const digest = fifo.contentBased ? contentDigest(MessageBody) : undefined;
  const deduplicationId = MessageDeduplicationId ?? digest;
  if (deduplicationId === undefined) {
    throw invalidValue(
      'The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly',
    );
  }
  return { groupId, deduplicationId };
};

const checkIds = ({ MessageGroupId, MessageDeduplicationId }: MessageParameters): void => {
  if (MessageGroupId !== undefined && !groupIdPattern.test(MessageGroupId)) {
    throw invalidParameter(
      'MessageGroupId',
      MessageGroupId,
      'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
    );
  }
  if (MessageDeduplicationId !== undefined && !groupIdPattern.test(MessageDeduplicationId)) {
    throw invalidParameter(
      'MessageDeduplicationId',
      MessageDeduplicationId,
      'MessageDeduplicationId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
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
  const { MessageBody: body, DelaySeconds } = message;
  if (body === '') throw missingParameter('MessageBody');
  checkRanges({ DelaySeconds });
  const flaw = contentFlaw(body, 'message body');
  if (flaw !== undefined) throw invalidContents(flaw);
  checkIds(message);
  const content: MessageContent = {
    body,
    attributes: readAttributes(message.MessageAttributes),
    systemAttributes: readSystemAttributes({
      ...traceOf(request),
      ...message.MessageSystemAttributes,
    }),
    ...orderOf(queue, message),
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
): Readonly<Record<string, string | undefined>> => {
  const { id, sequenceNumber } = queue.send(content, delaySeconds);
  return {
    MessageId: id,
    SequenceNumber: sequenceNumber,
    MD5OfMessageBody: bodyMd5(content.body),
    MD5OfMessageAttributes: attributesMd5(content.attributes),
    MD5OfMessageSystemAttributes: attributesMd5(content.systemAttributes ?? {}),
  };
};
