import {
  bodyMd5,
  type MessageAttributes,
  type ReceivedMessage,
  systemAttributes,
} from '../sqs/index.ts';

/** Lambda's limit on the event of a synchronous invocation. Bytes. */
const payloadBytesMax = 6 * 1024 * 1024;

/** The braces and the name around the records. */
const wrappingBytes = Buffer.byteLength('{"Records":[]}');

/** The attributes of a sender in the form of Lambda's events. */
const attributesOf = (attributes: MessageAttributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      {
        stringValue: StringValue,
        binaryValue: BinaryValue,
        stringListValues: [],
        binaryListValues: [],
        dataType: DataType,
      },
    ]),
  );

/** A message, and the text that stands for it in the event of a function. */
export type BatchRecord = { readonly message: ReceivedMessage; readonly text: string };

/**
 * A message in the form of Lambda's events.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export const recordOf = (
  message: ReceivedMessage,
  { queueArn, region }: { readonly queueArn: string; readonly region: string },
): BatchRecord => ({
  message,
  text: JSON.stringify({
    messageId: message.id,
    receiptHandle: message.receiptHandle,
    body: message.body,
    attributes: systemAttributes(message),
    messageAttributes: attributesOf(message.attributes),
    md5OfBody: bodyMd5(message.body),
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  }),
});

/** The event of a batch, as JSON text. */
export const eventOf = (records: readonly BatchRecord[]): string =>
  `{"Records":[${records.map(({ text }) => text).join(',')}]}`;

/** Cuts a batch into parts that Lambda takes; one record always fits. */
export const partsOf = (records: readonly BatchRecord[]): readonly (readonly BatchRecord[])[] => {
  const parts: BatchRecord[][] = [];
  let bytes = payloadBytesMax;
  for (const record of records) {
    const size = Buffer.byteLength(record.text) + 1;
    if (bytes + size > payloadBytesMax) {
      parts.push([]);
      bytes = wrappingBytes;
    }
    parts.at(-1)?.push(record);
    bytes += size;
  }
  return parts;
};
