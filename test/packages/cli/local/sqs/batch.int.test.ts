import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ListQueuesCommand,
  paginateListQueues,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type SqsUnderTest, startSqs } from './sqs-client.ts';

const queueNames = Array.from({ length: 22 }, (_, index) => `listed-${index}`);

let under: SqsUnderTest;
let QueueUrl: string;

beforeAll(async () => {
  const listed = Object.fromEntries(queueNames.map((name) => [name, {}]));
  under = await startSqs({ orders: {}, small: { MaximumMessageSize: 1024 }, ...listed });
  QueueUrl = under.urlOf('orders');
});

beforeEach(() => {
  for (const queue of under.sqs.queues) queue.purge();
});

afterAll(() => under.stop());

const sendBatch = (Entries: readonly object[], changes: object = {}) =>
  under.client.send(
    new SendMessageBatchCommand({ QueueUrl, Entries: Entries as never, ...changes }),
  );

const receive = async (changes: object = {}) => {
  const command = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, ...changes });
  return (await under.client.send(command)).Messages ?? [];
};

const ids = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `m${index}`);

describe('a batch', () => {
  it('sends each message, with checksums that the client verifies', async () => {
    const answer = await sendBatch(
      ids(10).map((Id) => ({
        Id,
        MessageBody: Id,
        MessageAttributes: { a: { DataType: 'String', StringValue: Id } },
      })),
    );
    expect(answer.Failed ?? []).toEqual([]);
    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(ids(10));
    const received = await receive();
    expect(received.map(({ MessageId }) => MessageId)).toEqual(
      answer.Successful?.map(({ MessageId }) => MessageId),
    );
  });

  it('fails an entry alone, with the code of its error', async () => {
    const answer = await sendBatch(
      [
        { Id: 'good', MessageBody: 'a' },
        { Id: 'character', MessageBody: '\u0001' },
        { Id: 'long', MessageBody: 'x'.repeat(1025) },
        { Id: 'empty', MessageBody: '' },
        { Id: 'late', MessageBody: 'a', DelaySeconds: 901 },
        { Id: 'group', MessageBody: 'a', MessageGroupId: 'a b' },
        { Id: 'fine', MessageBody: 'b' },
      ],
      { QueueUrl: under.urlOf('small') },
    );
    expect(answer.Successful?.map(({ Id }) => Id)).toEqual(['good', 'fine']);
    expect(answer.Failed).toEqual([
      {
        Id: 'character',
        Code: 'InvalidMessageContents',
        SenderFault: true,
        Message: expect.stringContaining("'#x1'"),
      },
      {
        Id: 'long',
        Code: 'InvalidParameterValue',
        SenderFault: true,
        Message:
          'One or more parameters cannot be validated. Reason: Message must be shorter than 1024 bytes.',
      },
      {
        Id: 'empty',
        Code: 'MissingParameter',
        SenderFault: true,
        Message: 'The request must contain the parameter MessageBody.',
      },
      {
        Id: 'late',
        Code: 'InvalidParameterValue',
        SenderFault: true,
        Message: expect.stringContaining('DelaySeconds must be >= 0 and <= 900.'),
      },
      {
        Id: 'group',
        Code: 'InvalidParameterValue',
        SenderFault: true,
        Message: expect.stringContaining('MessageGroupId can only include'),
      },
    ]);
  });

  it('deletes messages, and fails the entries whose handle is none', async () => {
    await sendBatch(ids(2).map((Id) => ({ Id, MessageBody: Id })));
    const [first, second] = await receive({ VisibilityTimeout: 0 });
    const answer = await under.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [
          { Id: '1', ReceiptHandle: first?.ReceiptHandle },
          { Id: '2', ReceiptHandle: 'none' },
        ],
      }),
    );
    expect(answer.Successful).toEqual([{ Id: '1' }]);
    expect(answer.Failed).toEqual([
      {
        Id: '2',
        Code: 'ReceiptHandleIsInvalid',
        SenderFault: true,
        Message: 'The input receipt handle "none" is not a valid receipt handle.',
      },
    ]);
    expect((await receive()).map(({ Body }) => Body)).toEqual([second?.Body]);
  });

  it('changes visibility, and fails the entries that cannot', async () => {
    await sendBatch(ids(2).map((Id) => ({ Id, MessageBody: Id })));
    const [first, second] = await receive();
    await under.client.send(
      new DeleteMessageBatchCommand({
        QueueUrl,
        Entries: [{ Id: 'a', ReceiptHandle: second?.ReceiptHandle }],
      }),
    );
    const answer = await under.client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: [
          { Id: '1', ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: '2', ReceiptHandle: second?.ReceiptHandle, VisibilityTimeout: 0 },
          { Id: '3', ReceiptHandle: first?.ReceiptHandle, VisibilityTimeout: 43_201 },
          { Id: '4', ReceiptHandle: first?.ReceiptHandle },
        ],
      }),
    );
    expect(answer.Successful).toEqual([{ Id: '1' }]);
    expect(answer.Failed?.map(({ Id, Code }) => [Id, Code])).toEqual([
      ['2', 'InvalidParameterValue'],
      ['3', 'InvalidParameterValue'],
      ['4', 'MissingParameter'],
    ]);
    expect((await receive()).map(({ Body }) => Body)).toEqual([first?.Body]);
  });

  const handles = (Entries: readonly string[]) =>
    Entries.map((Id) => ({ Id, ReceiptHandle: 'a', VisibilityTimeout: 0 }));

  const batches = [
    [
      'SendMessageBatch',
      (names: readonly string[]) => names.map((Id) => ({ Id, MessageBody: 'a' })),
    ],
    [
      'DeleteMessageBatch',
      (names: readonly string[]) =>
        handles(names).map(({ Id, ReceiptHandle }) => ({ Id, ReceiptHandle })),
    ],
    ['ChangeMessageVisibilityBatch', handles],
  ] as const;

  it.each(batches)('%s fails as a whole for its entries’ ids', async (operation, entriesOf) => {
    const call = (names: readonly string[]) =>
      under.call(operation, JSON.stringify({ QueueUrl: '/orders', Entries: entriesOf(names) }));
    const invalidId =
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.';
    const refusals = [
      [
        [],
        'EmptyBatchRequest',
        `There should be at least one ${operation}RequestEntry in the request.`,
      ],
      [
        ids(11),
        'TooManyEntriesInBatchRequest',
        'Maximum number of entries per request are 10. You have sent 11.',
      ],
      [['a', 'b', 'a'], 'BatchEntryIdsNotDistinct', 'Id a repeated.'],
      [['a', ''], 'InvalidBatchEntryId', invalidId],
      [['invalid:id'], 'InvalidBatchEntryId', invalidId],
      [['x'.repeat(81)], 'InvalidBatchEntryId', invalidId],
    ] as const;
    for (const [names, code, message] of refusals) {
      expect(await call(names)).toEqual({
        status: 400,
        type: code,
        queryError: `AWS.SimpleQueueService.${code};Sender`,
        body: expect.objectContaining({ message }),
      });
    }
    expect((await call(['x'.repeat(80)])).status).toBe(200);
  });

  it('has its own limit on all bodies and attributes together', async () => {
    const MessageAttributes = { k: { DataType: 'String', StringValue: 'x' } };
    const half = 512 * 1024;
    const entries = (size: number) => [
      { Id: '1', MessageBody: 'x'.repeat(half - 8), MessageAttributes },
      { Id: '2', MessageBody: 'é'.repeat(size / 2) },
    ];
    expect((await sendBatch(entries(half))).Successful).toHaveLength(2);
    await expect(sendBatch(entries(half + 2))).rejects.toMatchObject({
      name: 'BatchRequestTooLong',
      message: 'Batch requests cannot be longer than 1048576 bytes. You have sent 1048578 bytes.',
    });
    expect(await receive()).toHaveLength(2);
  });

  it('to a queue that does not exist fails as a whole', async () => {
    await expect(
      sendBatch([{ Id: '1', MessageBody: 'a' }], { QueueUrl: under.urlOf('nowhere') }),
    ).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });
});

describe('the list of queues', () => {
  const list = (changes: object) =>
    under.client.send(new ListQueuesCommand({ QueueNamePrefix: 'listed-', ...changes }));
  const urls = () => queueNames.map(under.urlOf);

  it('has all of them without a page size, and no token', async () => {
    expect(await list({})).toMatchObject({ QueueUrls: urls() });
    expect((await list({})).NextToken).toBeUndefined();
  });

  it('comes in pages that together have every queue once', async () => {
    const pages: (readonly string[])[] = [];
    const paginator = paginateListQueues(
      { client: under.client, pageSize: 5 },
      { QueueNamePrefix: 'listed-' },
    );
    for await (const { QueueUrls } of paginator) pages.push(QueueUrls ?? []);
    expect(pages.map(({ length }) => length)).toEqual([5, 5, 5, 5, 2]);
    expect(pages.flat()).toEqual(urls());
  });

  it('ends with a page that is full', async () => {
    const first = await list({ MaxResults: 11 });
    const second = await list({ MaxResults: 11, NextToken: first.NextToken });
    expect([...(first.QueueUrls ?? []), ...(second.QueueUrls ?? [])]).toEqual(urls());
    expect(second.NextToken).toBeUndefined();
  });

  it.each([0, 1_001])('refuses pages of %i', async (MaxResults) => {
    await expect(list({ MaxResults })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
      message:
        'Value for parameter MaxResults is invalid. Reason: MaxResults must be an integer between 1 and 1000.',
    });
  });

  it('refuses a token that no list gave', async () => {
    await expect(list({ MaxResults: 1, NextToken: 'none' })).rejects.toMatchObject({
      Code: 'InvalidParameterValue',
    });
  });
});
