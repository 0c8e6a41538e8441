import * as v from 'valibot';
import { integer, type Operation } from '../../aws-json.ts';
import { attributesMd5, bodyMd5 } from '../message.ts';
import type { ReceivedMessage } from '../queue.ts';
import type { Sqs } from '../sqs.ts';
import { systemAttributes } from '../system-attributes.ts';
import { changeVisibility, removeMessage } from './receipts.ts';
import { checkRanges, queueAt, selected, sqsOperation } from './request.ts';
import { acceptMessage, messageEntries, sendMessage } from './send.ts';

const sendSchema = v.strictObject({ QueueUrl: v.string(), ...messageEntries });

const receiveSchema = v.strictObject({
  QueueUrl: v.string(),
  MaxNumberOfMessages: v.optional(integer, 1),
  VisibilityTimeout: v.optional(integer),
  WaitTimeSeconds: v.optional(integer),
  AttributeNames: v.optional(v.array(v.string()), []),
  MessageSystemAttributeNames: v.optional(v.array(v.string()), []),
  MessageAttributeNames: v.optional(v.array(v.string()), []),
  // Repeats an answer that got lost, of which there is none here.
  ReceiveRequestAttemptId: v.optional(v.string()),
});

const handleSchema = v.strictObject({ QueueUrl: v.string(), ReceiptHandle: v.string() });

const changeVisibilitySchema = v.strictObject({
  ...handleSchema.entries,
  VisibilityTimeout: v.optional(integer),
});

const describeMessage = (
  message: ReceivedMessage,
  input: v.InferOutput<typeof receiveSchema>,
): unknown => {
  const attributes = selected(message.attributes, input.MessageAttributeNames);
  return {
    MessageId: message.id,
    ReceiptHandle: message.receiptHandle,
    Body: message.body,
    MD5OfBody: bodyMd5(message.body),
    Attributes: selected(systemAttributes(message), [
      ...input.AttributeNames,
      ...input.MessageSystemAttributeNames,
    ]),
    MessageAttributes: attributes,
    MD5OfMessageAttributes: attributes && attributesMd5(attributes),
  };
};

const receive = async (sqs: Sqs, input: v.InferOutput<typeof receiveSchema>): Promise<unknown> => {
  const queue = queueAt(sqs, input.QueueUrl);
  checkRanges(input);
  const messages = await queue.receive({
    max: input.MaxNumberOfMessages,
    visibilitySeconds: input.VisibilityTimeout,
    waitSeconds: input.WaitTimeSeconds,
  });
  return messages.length > 0
    ? { Messages: messages.map((message) => describeMessage(message, input)) }
    : {};
};

/** The operations on single messages. */
export const messageOperations = (sqs: Sqs): Record<string, Operation> => ({
  SendMessage: sqsOperation(sendSchema, (input, request) => {
    const queue = queueAt(sqs, input.QueueUrl);
    return sendMessage(queue, acceptMessage(queue, input, request));
  }),
  ReceiveMessage: sqsOperation(receiveSchema, (input) => receive(sqs, input)),
  DeleteMessage: sqsOperation(handleSchema, (input) =>
    removeMessage(queueAt(sqs, input.QueueUrl), input),
  ),
  ChangeMessageVisibility: sqsOperation(changeVisibilitySchema, (input) =>
    changeVisibility(queueAt(sqs, input.QueueUrl), input),
  ),
});
