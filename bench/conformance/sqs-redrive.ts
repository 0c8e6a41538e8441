import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';
import { type LocalBus, place, startLocalBus } from './local-bus.ts';

const api = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference';

type Case = ConformanceCase<LocalBus>;
type Json = Readonly<Record<string, unknown>>;

const arnOf = (name: string): string => `arn:aws:sqs:${place.region}:${place.account}:${name}`;
const RedrivePolicy = { deadLetterTargetArn: arnOf('dlq'), maxReceiveCount: 1 };
const queues = { orders: { RedrivePolicy }, refunds: { RedrivePolicy }, dlq: {}, other: {} };

const call = (bus: LocalBus, operation: string, input: object) =>
  bus.call(`AmazonSQS.${operation}`, input);

const urlOf = (bus: LocalBus, name: string): string => `${bus.url}/${place.account}/${name}`;

const errorOf = async (answer: ReturnType<LocalBus['call']>) => {
  const { status, body } = await answer;
  const type = `${body['__type']}`.replace('com.amazonaws.sqs#', '');
  return { status, type, message: body['message'] };
};

/** Messages of the queue `orders` in its dead-letter queue. */
const fill = ({ sqs }: LocalBus, messages: number): void => {
  const dlq = sqs.byName('dlq');
  dlq?.purge();
  for (let n = 0; n < messages; n += 1) {
    dlq?.send({ body: `${n}`, attributes: {}, deadLetterSourceArn: arnOf('orders') });
  }
};

const start = async (bus: LocalBus, changes: object = {}): Promise<string> => {
  const input = { SourceArn: arnOf('dlq'), ...changes };
  return `${(await call(bus, 'StartMessageMoveTask', input)).body['TaskHandle']}`;
};

/** The most recent task, with its time and its handle as whether they are there. */
const lastTask = async (bus: LocalBus) => {
  const { body } = await call(bus, 'ListMessageMoveTasks', { SourceArn: arnOf('dlq') });
  const [{ StartedTimestamp, TaskHandle, ...task } = {}] = body['Results'] as readonly Json[];
  return { ...task, started: typeof StartedTimestamp, handle: TaskHandle !== undefined };
};

const handleOf = (taskId: string, sourceArn: string): string =>
  Buffer.from(JSON.stringify({ taskId, sourceArn })).toString('base64');

const someTask = '10f57157-fc38-4da9-a113-4de7e12d05aa';

const taskCases: readonly Case[] = [
  {
    title: 'a task that has moved everything is listed without its handle',
    source: 'recorded',
    expected: {
      ApproximateNumberOfMessagesMoved: 2,
      ApproximateNumberOfMessagesToMove: 2,
      DestinationArn: arnOf('other'),
      SourceArn: arnOf('dlq'),
      Status: 'COMPLETED',
      started: 'number',
      handle: false,
    },
    ask: async (bus) => {
      fill(bus, 2);
      await start(bus, { DestinationArn: arnOf('other') });
      return lastTask(bus);
    },
  },
  {
    title: 'messages go back to where they came from without a destination',
    source: 'recorded',
    expected: {
      ApproximateNumberOfMessagesMoved: 2,
      ApproximateNumberOfMessagesToMove: 2,
      SourceArn: arnOf('dlq'),
      Status: 'COMPLETED',
      started: 'number',
      handle: false,
    },
    ask: async (bus) => {
      fill(bus, 2);
      await start(bus);
      return lastTask(bus);
    },
  },
  {
    title: 'a task under way has a handle, and a queue has one such task',
    source: 'recorded',
    expected: {
      running: { Status: 'RUNNING', MaxNumberOfMessagesPerSecond: 1, handle: true },
      second: {
        status: 400,
        type: 'InvalidParameterValueException',
        message:
          'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
      },
      cancelled: { Status: 'CANCELLED', handle: false },
    },
    ask: async (bus) => {
      fill(bus, 500);
      const TaskHandle = await start(bus, { MaxNumberOfMessagesPerSecond: 1 });
      const { Status, MaxNumberOfMessagesPerSecond, handle } = (await lastTask(bus)) as Json;
      const second = await errorOf(call(bus, 'StartMessageMoveTask', { SourceArn: arnOf('dlq') }));
      await call(bus, 'CancelMessageMoveTask', { TaskHandle });
      const ended = (await lastTask(bus)) as Json;
      return {
        running: { Status, MaxNumberOfMessagesPerSecond, handle },
        second,
        cancelled: { Status: ended['Status'], handle: ended['handle'] },
      };
    },
  },
];

const refusals = [
  [
    'a queue that is no dead-letter queue moves nothing',
    'StartMessageMoveTask',
    { SourceArn: arnOf('orders'), DestinationArn: arnOf('other') },
    400,
    'InvalidParameterValueException',
    'Source queue must be configured as a Dead Letter Queue.',
  ],
  [
    'a destination that does not exist takes nothing',
    'StartMessageMoveTask',
    { SourceArn: arnOf('dlq'), DestinationArn: arnOf('nowhere') },
    404,
    'ResourceNotFoundException',
    "The resource that you specified for the DestinationArn parameter doesn't exist.",
  ],
  [
    'a handle that is none cancels nothing',
    'CancelMessageMoveTask',
    { TaskHandle: 'foobared' },
    400,
    'InvalidParameterValueException',
    'Value for parameter TaskHandle is invalid.',
  ],
  [
    'a handle of a queue that does not exist cancels nothing',
    'CancelMessageMoveTask',
    { TaskHandle: handleOf(someTask, arnOf('nowhere')) },
    404,
    'ResourceNotFoundException',
    "The resource that you specified for the SourceArn parameter doesn't exist.",
  ],
  [
    'a handle of a task that does not exist cancels nothing',
    'CancelMessageMoveTask',
    { TaskHandle: handleOf(someTask, arnOf('dlq')) },
    404,
    'ResourceNotFoundException',
    'Task does not exist.',
  ],
] as const;

const refusalCases: readonly Case[] = refusals.map(
  ([title, operation, input, status, type, message]) => ({
    title,
    source: 'recorded',
    expected: { status, type, message },
    ask: (bus) => errorOf(call(bus, operation, input)),
  }),
);

const queueCases: readonly Case[] = [
  {
    title: 'the sources of a dead-letter queue are listed by their URLs',
    source: `${api}/API_ListDeadLetterSourceQueues.html`,
    expected: ['orders', 'refunds'],
    ask: async (bus) => {
      const input = { QueueUrl: urlOf(bus, 'dlq') };
      const { body } = await call(bus, 'ListDeadLetterSourceQueues', input);
      return (body['queueUrls'] as readonly string[]).map((url) => url.split('/').at(-1));
    },
  },
  {
    title: 'a second purge within a minute is refused',
    source: 'recorded',
    expected: {
      first: 200,
      second: {
        status: 403,
        type: 'PurgeQueueInProgress',
        message: 'Only one PurgeQueue operation on other is allowed every 60 seconds.',
      },
    },
    ask: async (bus) => {
      const input = { QueueUrl: urlOf(bus, 'other') };
      const { status: first } = await call(bus, 'PurgeQueue', input);
      return { first, second: await errorOf(call(bus, 'PurgeQueue', input)) };
    },
  },
];

/** Movements of messages out of dead-letter queues, and purges. */
export const sqsRedriveGroup = conformanceGroup({
  name: 'sqs-redrive',
  start: () => startLocalBus(queues),
  cases: [...taskCases, ...refusalCases, ...queueCases],
});
