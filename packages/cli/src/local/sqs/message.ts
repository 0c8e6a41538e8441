import { createHash } from 'node:crypto';

/** An attribute as it is on the wire; a binary value is base64. */
export type MessageAttribute = {
  readonly DataType: string;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: string | undefined;
};

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** The part of a message that its sender gives. */
export type MessageContent = {
  readonly body: string;
  readonly attributes: MessageAttributes;
  /** `AWSTraceHeader`, if the sender gave it; it counts in no size. */
  readonly systemAttributes?: MessageAttributes;
  /** Keeps its order in a FIFO queue; a standard queue keeps none by it. */
  readonly groupId?: string;
  /** A FIFO queue takes one message with it in five minutes. */
  readonly deduplicationId?: string;
  /** The queue whose redrive policy sent the message to this one. */
  readonly deadLetterSourceArn?: string;
};

const md5 = (data: string | Buffer): string => createHash('md5').update(data).digest('hex');

/** The checksum that SQS clients compare with the body. */
export const bodyMd5 = (body: string): string => md5(body);

const sized = (data: string | Buffer): Buffer => {
  const bytes = Buffer.from(data as string);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(bytes.length);
  return Buffer.concat([size, bytes]);
};

/** Marks of a value's transport type in the checksum of attributes. */
const stringMark = Buffer.from([1]);
const binaryMark = Buffer.from([2]);

/**
 * The checksum of attributes (developer guide, "Calculating the MD5 message digest for message
 * attributes").
 */
export const attributesMd5 = (attributes: MessageAttributes): string | undefined => {
  const entries = Object.entries(attributes).sort(([one], [other]) => (one < other ? -1 : 1));
  if (entries.length === 0) return undefined;
  return md5(
    Buffer.concat(
      entries.flatMap(([name, { DataType, StringValue = '', BinaryValue }]) => [
        sized(name),
        sized(DataType),
        BinaryValue === undefined ? stringMark : binaryMark,
        BinaryValue === undefined ? sized(StringValue) : sized(Buffer.from(BinaryValue, 'base64')),
      ]),
    ),
  );
};

/** The size of a message as SQS counts it: body, and names, types and values of its attributes. */
export const messageBytes = ({
  body,
  attributes,
}: Pick<MessageContent, 'body' | 'attributes'>): number =>
  Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = '', BinaryValue = '' }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      Buffer.byteLength(BinaryValue, 'base64'),
    Buffer.byteLength(body),
  );

/** Attributes of the type that most senders use. */
export const stringAttributes = (values: Readonly<Record<string, string>>): MessageAttributes =>
  Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]),
  );

/** The system attribute that carries an X-Ray header, if there is one. */
export const traceAttributes = (traceHeader: string | undefined): MessageAttributes =>
  traceHeader === undefined ? {} : stringAttributes({ AWSTraceHeader: traceHeader });
