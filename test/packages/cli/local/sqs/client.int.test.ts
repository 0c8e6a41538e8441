import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLocalClock } from '../../../../../packages/cli/src/local/clock.ts';
import { createSqs, readQueue, sqsRoute } from '../../../../../packages/cli/src/local/sqs/index.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../../packages/local-dsql/src/http/http-server.ts';
import { startSqs } from './sqs-client.ts';

const place = { region: 'us-east-1', account: '000000000000' };
const deadLetterArn = 'arn:aws:sqs:us-east-1:000000000000:orders-dlq';

const sqs = createSqs({
  account: place.account,
  clock: createLocalClock(),
  queues: [
    readQueue(
      { RedrivePolicy: { deadLetterTargetArn: deadLetterArn, maxReceiveCount: 1 } },
      { name: 'orders', ...place },
    ),
    readQueue({}, { name: 'orders-dlq', ...place }),
    readQueue({ MaximumMessageSize: 1024 }, { name: 'small', ...place }),
  ],
});

let server: HttpServer;
let client: SQSClient;
let QueueUrl: string;
let deadLetterUrl: string;

beforeAll(async () => {
  server = await startHttpServer({ port: 0, routes: [sqsRoute(sqs, () => server.url)] });
  client = new SQSClient({
    endpoint: server.url,
    region: place.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  QueueUrl = `${server.url}/000000000000/orders`;
  deadLetterUrl = `${server.url}/000000000000/orders-dlq`;
});

beforeEach(() => {
  for (const queue of sqs.queues) queue.purge();
});

afterAll(async () => {
  client.destroy();
  await sqs.stop();
  await server.stop();
});

const send = (MessageBody: string, changes: object = {}) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, ...changes }));

const receive = async (changes: object = {}) => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...changes });
  return (await client.send(command)).Messages;
};

describe('SQS to AWS’s own client', () => {
  it('finds queues by name, with URLs on the local port', async () => {
    const found = await client.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    expect(found.QueueUrl).toBe(QueueUrl);
    for (const input of [
      { QueueName: 'nowhere' },
      { QueueName: 'orders', QueueOwnerAWSAccountId: '111111111111' },
    ]) {
      await expect(client.send(new GetQueueUrlCommand(input))).rejects.toMatchObject({
        name: 'QueueDoesNotExist',
      });
    }
    const listed = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'orders' }));
    expect(listed.QueueUrls).toEqual([QueueUrl, deadLetterUrl]);
  });

  it('sends, receives and deletes, with checksums that the client verifies', async () => {
    const MessageAttributes = {
      ERROR_CODE: { DataType: 'String', StringValue: 'NO_RESOURCE' },
      COUNT: { DataType: 'Number', StringValue: '1' },
      BYTES: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 255]) },
    };
    const sent = await send('héllo {"a":1}', { MessageAttributes });
    const [message] =
      (await receive({
        MessageAttributeNames: ['All'],
        MessageSystemAttributeNames: ['ApproximateReceiveCount', 'SentTimestamp'],
      })) ?? [];
    expect(message).toMatchObject({
      MessageId: sent.MessageId,
      Body: 'héllo {"a":1}',
      MD5OfBody: sent.MD5OfMessageBody,
      MD5OfMessageAttributes: sent.MD5OfMessageAttributes,
      Attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      MessageAttributes: { ...MessageAttributes, BYTES: { BinaryValue: new Uint8Array([0, 255]) } },
    });
    const ReceiptHandle = message?.ReceiptHandle;
    await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    const AttributeNames = ['ApproximateNumberOfMessagesNotVisible' as const];
    const left = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames }));
    expect(left.Attributes).toEqual({ ApproximateNumberOfMessagesNotVisible: '0' });
  });

  it('answers only the attributes that are asked for', async () => {
    await send('a', {
      MessageAttributes: {
        'x.one': { DataType: 'String', StringValue: '1' },
        y: { DataType: 'String', StringValue: '2' },
      },
    });
    const [message] = (await receive({ MessageAttributeNames: ['x.*'] })) ?? [];
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['x.one']);
    expect(message?.Attributes).toBeUndefined();
  });

  it('describes a queue', async () => {
    const described = await client.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
    );
    expect(described.Attributes).toMatchObject({
      QueueArn: 'arn:aws:sqs:us-east-1:000000000000:orders',
      VisibilityTimeout: '30',
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount: 1 }),
    });
  });

  it('moves dead letters back to where they came from', async () => {
    await send('a');
    expect(await receive({ VisibilityTimeout: 0 })).toHaveLength(1);
    expect(await receive()).toBeUndefined();
    const [letter] =
      (await receive({
        QueueUrl: deadLetterUrl,
        VisibilityTimeout: 0,
        MessageSystemAttributeNames: ['All'],
      })) ?? [];
    expect(letter?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:000000000000:orders',
      ApproximateReceiveCount: '2',
    });
    const move = new StartMessageMoveTaskCommand({ SourceArn: deadLetterArn });
    expect((await client.send(move)).TaskHandle).toEqual(expect.any(String));
    expect(await receive()).toMatchObject([{ Body: 'a' }]);
  });

  it('moves nothing out of a queue that is no dead-letter queue of another', async () => {
    const SourceArn = 'arn:aws:sqs:us-east-1:000000000000:orders';
    const move = new StartMessageMoveTaskCommand({ SourceArn });
    await expect(client.send(move)).rejects.toThrow(
      'Source queue must be configured as a Dead Letter Queue.',
    );
  });

  it.each([
    ['SourceArn', { SourceArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere' }],
    [
      'DestinationArn',
      {
        SourceArn: deadLetterArn,
        DestinationArn: 'arn:aws:sqs:us-east-1:000000000000:nowhere',
      },
    ],
  ])('moves nothing when the %s names no queue', async (parameter, input) => {
    await expect(client.send(new StartMessageMoveTaskCommand(input))).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `The resource that you specified for the ${parameter} parameter doesn't exist.`,
      $metadata: { httpStatusCode: 404 },
    });
  });

  it('changes visibility, also after it has expired, but not of a deleted message', async () => {
    await send('a');
    const [message] = (await receive()) ?? [];
    const change = (VisibilityTimeout: number) =>
      client.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout,
        }),
      );
    await change(0);
    await change(30);
    expect(await receive()).toBeUndefined();
    await client.send(
      new DeleteMessageCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle }),
    );
    await expect(change(30)).rejects.toThrow(
      `Value ${message?.ReceiptHandle} for parameter ReceiptHandle is invalid. Reason: Message does not exist or is not available for visibility timeout change.`,
    );
  });

  it('purges a queue', async () => {
    await send('a');
    await client.send(new PurgeQueueCommand({ QueueUrl }));
    expect(await receive()).toBeUndefined();
  });

  it('answers a long poll when a message comes', async () => {
    const polling = receive({ WaitTimeSeconds: 20 });
    await send('late');
    expect(await polling).toMatchObject([{ Body: 'late' }]);
  });

  it('refuses what SQS refuses, with its codes', async () => {
    const nowhere = `${server.url}/000000000000/nowhere`;
    await expect(receive({ QueueUrl: nowhere })).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
    await expect(
      client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'none' })),
    ).rejects.toMatchObject({
      name: 'ReceiptHandleIsInvalid',
      message: 'The input receipt handle "none" is not a valid receipt handle.',
    });
    await expect(
      send('x'.repeat(1025), { QueueUrl: `${server.url}/000000000000/small` }),
    ).rejects.toThrow('Message must be shorter than 1024 bytes.');
  });

  it('names what it offers when asked for another operation', async () => {
    const command = new CreateQueueCommand({ QueueName: 'new' });
    await expect(client.send(command)).rejects.toThrow(
      'The local stack does not offer AmazonSQS.CreateQueue; it offers GetQueueUrl, ListQueues',
    );
  });
});

it('ends a long poll without messages when the queues are stopped', async () => {
  const stopping = await startSqs({ q: {} });
  const polling = stopping.client.send(
    new ReceiveMessageCommand({ QueueUrl: stopping.urlOf('q'), WaitTimeSeconds: 20 }),
  );
  await expect.poll(stopping.requests).toBe(1);
  await stopping.stop();
  const { Messages, $metadata } = await polling;
  expect([Messages, $metadata.httpStatusCode]).toEqual([undefined, 200]);
});
