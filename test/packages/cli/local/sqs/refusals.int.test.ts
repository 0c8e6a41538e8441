import {
  ChangeMessageVisibilityCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type SqsUnderTest, startSqs } from './sqs-client.ts';

let under: SqsUnderTest;
let QueueUrl: string;

beforeAll(async () => {
  under = await startSqs({ orders: {}, small: { MaximumMessageSize: 1024 } });
  QueueUrl = under.urlOf('orders');
});

afterAll(() => under.stop());

/** The error of a call, with the code that clients of the older protocol still report. */
const refusal = async (call: Promise<unknown>): Promise<unknown> => {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason as { readonly message: string; readonly Code?: string },
  );
  return error && { code: error.Code, message: error.message };
};

const send = (changes: object) =>
  under.client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'a', ...changes }));
const receive = (changes: object) =>
  under.client.send(new ReceiveMessageCommand({ QueueUrl, ...changes }));

const value = (name: string, given: unknown, reason: string) => ({
  code: 'InvalidParameterValue',
  message: `Value ${given} for parameter ${name} is invalid. Reason: ${reason}`,
});

describe('a number out of its range is an InvalidParameterValue in AWS’s words', () => {
  it.each([-1, 901])('DelaySeconds %i', async (DelaySeconds) => {
    expect(await refusal(send({ DelaySeconds }))).toEqual(
      value('DelaySeconds', DelaySeconds, 'DelaySeconds must be >= 0 and <= 900.'),
    );
  });

  it.each([0, 11])('MaxNumberOfMessages %i', async (MaxNumberOfMessages) => {
    expect(await refusal(receive({ MaxNumberOfMessages }))).toEqual(
      value('MaxNumberOfMessages', MaxNumberOfMessages, 'Must be between 1 and 10, if provided.'),
    );
  });

  it.each([-1, 21])('WaitTimeSeconds %i', async (WaitTimeSeconds) => {
    expect(await refusal(receive({ WaitTimeSeconds }))).toEqual(
      value('WaitTimeSeconds', WaitTimeSeconds, 'Must be >= 0 and <= 20, if provided.'),
    );
  });

  it.each([-1, 43_201])('VisibilityTimeout %i', async (VisibilityTimeout) => {
    const expected = value(
      'VisibilityTimeout',
      VisibilityTimeout,
      'Must be between 0 and 43200, if provided.',
    );
    expect(await refusal(receive({ VisibilityTimeout }))).toEqual(expected);
    const ReceiptHandle = 'any';
    const change = { QueueUrl, ReceiptHandle, VisibilityTimeout };
    expect(await refusal(under.client.send(new ChangeMessageVisibilityCommand(change)))).toEqual(
      expected,
    );
  });

  it.each([0, 900])('and DelaySeconds %i is none', async (DelaySeconds) => {
    expect(await refusal(send({ DelaySeconds }))).toBeUndefined();
  });
});

describe('a parameter that is missing', () => {
  it.each(['', undefined])('is a MissingParameter: a body of %j', async (MessageBody) => {
    expect(await refusal(send({ MessageBody }))).toEqual({
      code: 'MissingParameter',
      message: 'The request must contain the parameter MessageBody.',
    });
  });

  it.each([
    ['SendMessage', { MessageBody: 'a' }, 'QueueUrl'],
    ['ReceiveMessage', {}, 'QueueUrl'],
    ['DeleteMessage', { QueueUrl: '/orders' }, 'ReceiptHandle'],
    ['ChangeMessageVisibility', { QueueUrl: '/orders', ReceiptHandle: 'a' }, 'VisibilityTimeout'],
    ['GetQueueUrl', {}, 'QueueName'],
    ['GetQueueUrl', { QueueName: null }, 'QueueName'],
    ['StartMessageMoveTask', {}, 'SourceArn'],
    [
      'DeleteMessageBatch',
      { QueueUrl: '/orders', Entries: [{ Id: 'a', ReceiptHandle: 'b' }, { ReceiptHandle: 'b' }] },
      'DeleteMessageBatchRequestEntry.2.Id',
    ],
  ])('is a MissingParameter: %s %j', async (operation, body, name) => {
    expect(await under.call(operation, JSON.stringify(body))).toEqual({
      status: 400,
      type: 'MissingRequiredParameterException',
      queryError: 'MissingParameter;Sender',
      body: expect.objectContaining({
        message: `The request must contain the parameter ${name}.`,
      }),
    });
  });
});

describe('a value of the wrong type is a SerializationException', () => {
  it.each([
    [{ MessageBody: 1 }, 'NUMBER_VALUE cannot be converted to String'],
    [{ MessageBody: ['a'] }, 'START_ARRAY cannot be converted to String'],
    [{ DelaySeconds: '1' }, 'STRING_VALUE cannot be converted to Integer'],
    [{ DelaySeconds: 1.5 }, 'NUMBER_VALUE cannot be converted to Integer'],
    [{ DelaySeconds: true }, 'TRUE_VALUE cannot be converted to Integer'],
    [{ MessageAttributes: [] }, 'START_ARRAY cannot be converted to structure'],
    [{ MessageAttributes: { a: 'b' } }, 'The message attribute a is no object.'],
  ])('%j', async (changes, text) => {
    const body = JSON.stringify({ QueueUrl: '/orders', MessageBody: 'a', ...changes });
    expect(await under.call('SendMessage', body)).toMatchObject({
      status: 400,
      type: 'SerializationException',
      body: { message: expect.stringContaining(text) },
    });
  });

  it('but null is no value at all', async () => {
    const body = {
      QueueUrl: '/orders',
      MessageBody: 'a',
      DelaySeconds: null,
      MessageAttributes: null,
    };
    expect(await under.call('SendMessage', JSON.stringify(body))).toMatchObject({ status: 200 });
  });
});

describe('a body with a character that XML does not have is an InvalidMessageContents', () => {
  it.each([
    ['0', '\u0000'],
    ['8', 'a\u0008b'],
    ['B', '\u000b'],
    ['1F', '\u001f'],
    ['FFFE', '\ufffe'],
    ['FFFF', 'a\uffff'],
    ['D800', 'a\ud800'],
    ['DFFF', '\udfff'],
  ])('#x%s', async (name, MessageBody) => {
    // As an escape, since no UTF-8 is half of a surrogate pair.
    const body = JSON.stringify({ QueueUrl: '/orders', MessageBody });
    expect(await under.call('SendMessage', body)).toEqual({
      status: 400,
      type: 'InvalidMessageContents',
      queryError: 'InvalidMessageContents;Sender',
      body: expect.objectContaining({
        message: `Invalid binary character '#x${name}' was found in the message body, the set of allowed characters is #x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF].`,
      }),
    });
  });

  it('and every other one is taken', async () => {
    const MessageBody = '\t\n\r \u007f\u0085\ud7ff\ue000\ufffd\u{10000}\u{10ffff}';
    expect(await refusal(send({ MessageBody }))).toBeUndefined();
  });
});

describe('a message attribute is an InvalidParameterValue', () => {
  const text = (StringValue: string, DataType = 'String') => ({ DataType, StringValue });
  it.each([
    [
      { a: text('') },
      "Message (user) attribute 'a' must contain a non-empty value of type 'String'.",
    ],
    [{ a: { DataType: 'Binary' } }, "non-empty value of type 'Binary'"],
    [{ a: text('a\u0008') }, "Invalid binary character '#x8'"],
    [
      { a: text('one', 'Number') },
      "Can't cast the value of message (user) attribute 'a' to a number.",
    ],
    [{ a: text('b', 'Text') }, 'supported type prefixes'],
    [{ a: { StringValue: 'b' } }, 'non-empty message attribute type'],
    [{ a: text('b', `String.${'x'.repeat(256)}`) }, 'types must be shorter than 256 Bytes'],
    [{ 'AWS.a': text('b') }, "beginning with 'AWS.' or 'Amazon.'"],
    [{ 'amazon.a': text('b') }, "beginning with 'AWS.' or 'Amazon.'"],
    [{ 'a.': text('b') }, "cannot start or end with '.'"],
    [{ 'a b': text('b') }, 'name can only contain'],
    [{ ['a'.repeat(257)]: text('b') }, 'names must be shorter than 256 Bytes'],
    [
      Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`a${index}`, text('b')])),
      'Number of message attributes [11] exceeds the allowed maximum [10].',
    ],
  ])('as %j', async (MessageAttributes, message) => {
    const body = JSON.stringify({ QueueUrl: '/orders', MessageBody: 'a', MessageAttributes });
    expect(await under.call('SendMessage', body)).toMatchObject({
      queryError: 'InvalidParameterValue;Sender',
      body: { message: expect.stringContaining(message) },
    });
  });

  it.each(['__proto__', 'constructor', 'toString', 'attr.1øßä', 'a_-.b'])(
    'unless its name is one like %s',
    async (name) => {
      const MessageBody = `with ${name}`;
      const attributes = `{"${name}":{"DataType":"String","StringValue":"1"}}`;
      const sent = await under.call(
        'SendMessage',
        `{"QueueUrl":"/small","MessageBody":"${MessageBody}","MessageAttributes":${attributes}}`,
      );
      expect(sent.status).toBe(200);
      const { Messages } = await receive({
        QueueUrl: under.urlOf('small'),
        MessageAttributeNames: ['All'],
      });
      expect(Messages?.[0]?.Body).toBe(MessageBody);
      expect(Object.keys(Messages?.[0]?.MessageAttributes ?? {})).toEqual([name]);
    },
  );
});

describe('the parameters of fair queues and of X-Ray', () => {
  const system = (StringValue: string) => ({
    AWSTraceHeader: { DataType: 'String' as const, StringValue },
  });

  it('come back as attributes of the message', async () => {
    const [name, trace] = ['traced', 'Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1'];
    const { sqs, urlOf } = under;
    sqs.byName('small')?.purge();
    const sent = await send({
      QueueUrl: urlOf('small'),
      MessageBody: name,
      MessageGroupId: 'tenant-1',
      MessageSystemAttributes: system(trace),
    });
    expect(sent.MD5OfMessageSystemAttributes).toMatch(/^[0-9a-f]{32}$/);
    const { Messages } = await receive({
      QueueUrl: urlOf('small'),
      MessageSystemAttributeNames: ['AWSTraceHeader', 'MessageGroupId'],
    });
    expect(Messages?.[0]?.Attributes).toEqual({
      AWSTraceHeader: trace,
      MessageGroupId: 'tenant-1',
    });
  });

  it('may be given as the X-Ray header of the request', async () => {
    const { sqs, server, urlOf } = under;
    sqs.byName('small')?.purge();
    await fetch(server.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'AmazonSQS.SendMessage', 'x-amzn-trace-id': 'Root=1-2-3' },
      body: JSON.stringify({ QueueUrl: '/small', MessageBody: 'a' }),
    });
    const { Messages } = await receive({
      QueueUrl: urlOf('small'),
      AttributeNames: ['AWSTraceHeader'],
    });
    expect(Messages?.[0]?.Attributes).toEqual({ AWSTraceHeader: 'Root=1-2-3' });
  });

  it('do not count in the size of a message', async () => {
    const QueueUrl = under.urlOf('small');
    const MessageBody = 'x'.repeat(1024);
    const MessageSystemAttributes = system('Root=1-2-3');
    const message = { QueueUrl, MessageBody, MessageSystemAttributes, MessageGroupId: 'g' };
    expect(await refusal(send(message))).toBeUndefined();
  });

  it.each(['', 'a'.repeat(129), 'group 123', 'é'])(
    'refuse the group %j',
    async (MessageGroupId) => {
      expect(await refusal(send({ MessageGroupId }))).toEqual(
        value(
          'MessageGroupId',
          MessageGroupId,
          'MessageGroupId can only include alphanumeric and punctuation characters. 1 to 128 in length.',
        ),
      );
    },
  );

  it('are refused where they are for FIFO queues, and so are other system attributes', async () => {
    expect(await refusal(send({ MessageDeduplicationId: 'a' }))).toEqual(
      value(
        'MessageDeduplicationId',
        'a',
        'The request include parameter that is not valid for this queue type.',
      ),
    );
    const MessageSystemAttributes = { Other: { DataType: 'String', StringValue: 'a' } };
    expect(await refusal(send({ MessageSystemAttributes }))).toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

it('an attribute that no queue has is an InvalidAttributeName', async () => {
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['Colour' as 'All'] });
  expect(await refusal(under.client.send(command))).toEqual({
    code: 'InvalidAttributeName',
    message: 'Unknown Attribute Colour.',
  });
});

describe('a queue of another account', () => {
  it('does not exist, although a queue here has its name', async () => {
    const QueueUrl = `${under.server.url}/123456789012/orders`;
    const missing = {
      code: 'AWS.SimpleQueueService.NonExistentQueue',
      message: 'The specified queue does not exist.',
    };
    expect(await refusal(send({ QueueUrl }))).toEqual(missing);
    expect(await refusal(receive({ QueueUrl }))).toEqual(missing);
  });
});
