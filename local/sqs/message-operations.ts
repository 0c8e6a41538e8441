import * as v from 'valibot';
import { AwsError, type Operation, operation } from '../aws-json.ts';
import { attributesMd5, bodyMd5, messageBytes } from './message.ts';
import type { ReceivedMessage } from './queue.ts';
import { invalidValue, queueAt, selected } from './request.ts';
import type { Sqs } from './sqs.ts';

/** ReceiveMessage and ChangeMessageVisibility, API reference. */
const messagesMax = 10;
const waitSecondsMax = 20;
const visibilitySecondsMax = 43_200;
const delaySecondsMax = 900;

/** Whom SQS names as the sender of every message here. */
const senderId = 'AIDALOCAL';

const seconds = (max: number) => v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(max)));

const attributesSchema = v.record(
  v.string(),
  v.strictObject({
    DataType: v.string(),
    StringValue: v.optional(v.string()),
    BinaryValue: v.optional(v.string()),
  }),
);

const sendSchema = v.strictObject({
  QueueUrl: v.string(),
  MessageBody: v.pipe(v.string(), v.minLength(1, 'The message body is empty.')),
  DelaySeconds: seconds(delaySecondsMax),
  MessageAttributes: v.optional(attributesSchema, {}),
});

const receiveSchema = v.strictObject({
  QueueUrl: v.string(),
  MaxNumberOfMessages: v.optional(v.pipe(v.number(), v.minValue(1), v.maxValue(messagesMax)), 1),
  VisibilityTimeout: seconds(visibilitySecondsMax),
  WaitTimeSeconds: seconds(waitSecondsMax),
  AttributeNames: v.optional(v.array(v.string()), []),
  MessageSystemAttributeNames: v.optional(v.array(v.string()), []),
  MessageAttributeNames: v.optional(v.array(v.string()), []),
});

const handleSchema = v.strictObject({ QueueUrl: v.string(), ReceiptHandle: v.string() });

const changeVisibilitySchema = v.strictObject({
  ...handleSchema.entries,
  VisibilityTimeout: v.pipe(v.number(), v.minValue(0), v.maxValue(visibilitySecondsMax)),
});

const checkHandle = (handle: string): void => {
  if (/^[0-9a-f-]{36}\/[0-9a-f-]{36}$/.test(handle)) return;
  throw new AwsError('The input receipt handle is invalid.', {
    code: 'ReceiptHandleIsInvalid',
    queryCode: 'ReceiptHandleIsInvalid',
  });
};

const send = (sqs: Sqs, input: v.InferOutput<typeof sendSchema>): unknown => {
  const queue = queueAt(sqs, input.QueueUrl);
  const content = { body: input.MessageBody, attributes: input.MessageAttributes };
  const { messageBytesMax } = queue.definition;
  if (messageBytes(content) > messageBytesMax) {
    throw invalidValue(
      `One or more parameters are invalid. Reason: Message must be shorter than ${messageBytesMax} bytes.`,
    );
  }
  return {
    MessageId: queue.send(content, input.DelaySeconds),
    MD5OfMessageBody: bodyMd5(content.body),
    MD5OfMessageAttributes: attributesMd5(content.attributes),
  };
};

const systemAttributes = (message: ReceivedMessage): Readonly<Record<string, string>> => ({
  SenderId: senderId,
  SentTimestamp: String(message.sentAt),
  ApproximateReceiveCount: String(message.receiveCount),
  ApproximateFirstReceiveTimestamp: String(message.firstReceivedAt),
  ...(message.deadLetterSourceArn === undefined
    ? {}
    : { DeadLetterQueueSourceArn: message.deadLetterSourceArn }),
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
  const messages = await queueAt(sqs, input.QueueUrl).receive({
    max: input.MaxNumberOfMessages,
    visibilitySeconds: input.VisibilityTimeout,
    waitSeconds: input.WaitTimeSeconds,
  });
  return messages.length > 0
    ? { Messages: messages.map((message) => describeMessage(message, input)) }
    : {};
};

const changeVisibility = (sqs: Sqs, input: v.InferOutput<typeof changeVisibilitySchema>): void => {
  const queue = queueAt(sqs, input.QueueUrl);
  checkHandle(input.ReceiptHandle);
  if (queue.changeVisibility(input.ReceiptHandle, input.VisibilityTimeout)) return;
  throw invalidValue(
    `Value ${input.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
  );
};

/** The operations on messages. */
export const messageOperations = (sqs: Sqs): Record<string, Operation> => ({
  SendMessage: operation(sendSchema, (input) => send(sqs, input)),
  ReceiveMessage: operation(receiveSchema, (input) => receive(sqs, input)),
  DeleteMessage: operation(handleSchema, ({ QueueUrl, ReceiptHandle }) => {
    const queue = queueAt(sqs, QueueUrl);
    checkHandle(ReceiptHandle);
    queue.remove(ReceiptHandle);
  }),
  ChangeMessageVisibility: operation(changeVisibilitySchema, (input) =>
    changeVisibility(sqs, input),
  ),
});
