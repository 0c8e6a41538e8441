import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { type LocalBus, place, startLocalBus } from './local-bus.ts';

const api = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference';
const guide = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';

type Case = ConformanceCase<LocalBus>;
type Message = {
  readonly MessageId: string;
  readonly ReceiptHandle: string;
  readonly Body: string;
  readonly Attributes?: Readonly<Record<string, string>>;
};

const queues = {
  orders: {},
  retried: {
    RedrivePolicy: {
      deadLetterTargetArn: `arn:aws:sqs:${place.region}:${place.account}:retried-dlq`,
      maxReceiveCount: 1,
    },
  },
  'retried-dlq': {},
  ...Object.fromEntries(Array.from({ length: 22 }, (_, index) => [`listed-${index}`, {}])),
};

const call = (bus: LocalBus, operation: string, input: object) =>
  bus.call(`AmazonSQS.${operation}`, input);

const onQueue = (bus: LocalBus, name: string, operation: string, input: object = {}) =>
  call(bus, operation, { QueueUrl: `${bus.url}/${place.account}/${name}`, ...input });

const errorOf = async (answer: ReturnType<LocalBus['call']>) => {
  const { status, body } = await answer;
  return {
    status,
    type: `${body['__type']}`.replace('com.amazonaws.sqs#', ''),
    message: body['message'],
  };
};

const receive = async (bus: LocalBus, name: string, input: object = {}) => {
  const { body } = await onQueue(bus, name, 'ReceiveMessage', {
    MessageSystemAttributeNames: ['All'],
    ...input,
  });
  return ((body['Messages'] ?? []) as readonly Message[])[0];
};

const rangeCases: readonly Case[] = [
  [
    'SendMessage',
    { MessageBody: 'a', DelaySeconds: 901 },
    'Value 901 for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900.',
  ],
  [
    'ReceiveMessage',
    { MaxNumberOfMessages: 11 },
    'Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.',
  ],
  [
    'ReceiveMessage',
    { WaitTimeSeconds: 21 },
    'Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.',
  ],
].map(
  ([operation, input, message]): Case => ({
    title: `${operation} with ${JSON.stringify(input)} is out of range`,
    source: 'recorded',
    expected: { status: 400, type: 'InvalidParameterValueException', message },
    ask: (bus) => errorOf(onQueue(bus, 'orders', operation as string, input as object)),
  }),
);

const contentCases: readonly Case[] = [
  {
    title: 'an empty body is a missing parameter',
    source: 'recorded',
    expected: {
      status: 400,
      type: 'MissingRequiredParameterException',
      message: 'The request must contain the parameter MessageBody.',
    },
    ask: (bus) => errorOf(onQueue(bus, 'orders', 'SendMessage', { MessageBody: '' })),
  },
  {
    title: 'a character that XML does not have is invalid content',
    source: `${api}/API_SendMessage.html`,
    expected: { status: 400, type: 'InvalidMessageContents' },
    ask: async (bus) => {
      const answer = onQueue(bus, 'orders', 'SendMessage', { MessageBody: 'a\u0008' });
      const { status, type } = await errorOf(answer);
      return { status, type };
    },
  },
  {
    title: 'a queue that does not exist is named by its code',
    source: `${api}/API_GetQueueUrl.html`,
    expected: { status: 400, type: 'QueueDoesNotExist' },
    ask: async (bus) => {
      const { status, type } = await errorOf(call(bus, 'GetQueueUrl', { QueueName: 'nowhere' }));
      return { status, type };
    },
  },
  {
    title: 'a message group and a trace header are taken and given back',
    source: `${guide}/sqs-fair-queues.html`,
    expected: { MessageGroupId: 'tenant', AWSTraceHeader: 'Root=1-0-0' },
    ask: async (bus) => {
      await onQueue(bus, 'orders', 'SendMessage', {
        MessageBody: 'a',
        MessageGroupId: 'tenant',
        MessageSystemAttributes: {
          AWSTraceHeader: { DataType: 'String', StringValue: 'Root=1-0-0' },
        },
      });
      const { MessageGroupId, AWSTraceHeader } = (await receive(bus, 'orders'))?.Attributes ?? {};
      return { MessageGroupId, AWSTraceHeader };
    },
  },
];

const flowCases: readonly Case[] = [
  {
    title: 'a message keeps its id in the dead-letter queue and goes on counting receives',
    source: `${guide}/sqs-dead-letter-queues.html`,
    expected: { sameId: true, receives: '2' },
    ask: async (bus) => {
      const sent = await onQueue(bus, 'retried', 'SendMessage', { MessageBody: 'a' });
      await receive(bus, 'retried', { VisibilityTimeout: 0 });
      await receive(bus, 'retried', { VisibilityTimeout: 0 });
      const dead = await receive(bus, 'retried-dlq');
      return {
        sameId: dead?.MessageId === sent.body['MessageId'],
        receives: dead?.Attributes?.['ApproximateReceiveCount'],
      };
    },
  },
  {
    title: 'queues are listed in pages that reach all of them',
    source: `${api}/API_ListQueues.html`,
    expected: 22,
    ask: async (bus) => {
      const urls = new Set<unknown>();
      let NextToken: unknown;
      do {
        const given = { QueueNamePrefix: 'listed-', MaxResults: 5 };
        const { body } = await call(bus, 'ListQueues', {
          ...given,
          ...(NextToken ? { NextToken } : {}),
        });
        for (const url of body['QueueUrls'] as readonly unknown[]) urls.add(url);
        NextToken = body['NextToken'];
      } while (NextToken);
      return urls.size;
    },
  },
  {
    title: 'an entry of a batch fails alone',
    source: `${api}/API_SendMessageBatch.html`,
    expected: { successful: ['a'], failed: [['b', true]] },
    ask: async (bus) => {
      const { body } = await onQueue(bus, 'listed-0', 'SendMessageBatch', {
        Entries: [
          { Id: 'a', MessageBody: 'a' },
          { Id: 'b', MessageBody: 'b', DelaySeconds: 901 },
        ],
      });
      const successful = (body['Successful'] ?? []) as readonly { readonly Id: string }[];
      const failed = (body['Failed'] ?? []) as readonly {
        readonly Id: string;
        readonly SenderFault: boolean;
      }[];
      return {
        successful: successful.map(({ Id }) => Id),
        failed: failed.map(({ Id, SenderFault }) => [Id, SenderFault]),
      };
    },
  },
  {
    title: 'a batch with two equal ids fails whole',
    source: `${api}/API_SendMessageBatch.html`,
    expected: { status: 400, type: 'BatchEntryIdsNotDistinct' },
    ask: async (bus) => {
      const { status, type } = await errorOf(
        onQueue(bus, 'listed-0', 'SendMessageBatch', {
          Entries: [
            { Id: 'a', MessageBody: 'a' },
            { Id: 'a', MessageBody: 'b' },
          ],
        }),
      );
      return { status, type };
    },
  },
];

/** SQS: ranges, contents, dead letters, lists and batches. */
export const sqsGroup = conformanceGroup({
  name: 'sqs',
  start: () => startLocalBus(queues),
  cases: [...rangeCases, ...contentCases, ...flowCases],
});
