import type { QueuedMessage } from '../../local/sqs/dead-message.ts';
import { chunksOf } from '../service/chunks.ts';
import type { FoundService } from '../service/find-service.ts';
import { loadLambda, loadSqs, queueSettings } from '../service/sdk.ts';
import { deadLetterQueues, type SourceOf } from './source-queues.ts';

/** A queue of a service. */
export type ServiceQueue = { readonly name: string; readonly url: string };

/** The queues of a service as its dead letters are read and taken out. */
export interface Queues {
  readonly all: readonly ServiceQueue[];
  readonly counts: (
    queue: ServiceQueue,
  ) => Promise<{ readonly visible: number; readonly hidden: number }>;
  /** Hides messages from everybody else for a minute, and returns them. */
  readonly receive: (queue: ServiceQueue, max: number) => Promise<readonly QueuedMessage[]>;
  /** Shows messages to everybody again. */
  readonly release: (queue: ServiceQueue, handles: readonly string[]) => Promise<void>;
  /** Hides a message for so long from now on. */
  readonly hide: (queue: ServiceQueue, handle: string, seconds: number) => Promise<void>;
  readonly remove: (queue: ServiceQueue, handle: string) => Promise<void>;
  readonly close: () => void;
}

/** SQS's maximum of messages in a request. */
export const batchMax = 10;

/** Long enough to read a page or to begin a run; a killed command's messages are back then. */
const hiddenSeconds = 60;

/** A long poll asks all servers of SQS, so that a queue does not look empty by chance. */
const waitSeconds = 1;

/** Asks Lambda what a mapping of the service reads. */
const askedSources = async (service: FoundService) => {
  const { LambdaClient, GetEventSourceMappingCommand } = await loadLambda();
  const client = new LambdaClient(service.settings);
  const sourceOf: SourceOf = async (UUID) =>
    (await client.send(new GetEventSourceMappingCommand({ UUID }))).EventSourceArn;
  return { sourceOf, close: () => client.destroy() };
};

const queueUrls = async (service: FoundService): Promise<readonly string[]> => {
  const { sourceOf, close } = await askedSources(service);
  try {
    return await deadLetterQueues(service, sourceOf);
  } finally {
    close();
  }
};

/** Opens the dead-letter queues of a service, among those that its stack lists. */
export const openQueues = async (service: FoundService): Promise<Queues> => {
  const sqs = await loadSqs();
  const urls = await queueUrls(service);
  const client = new sqs.SQSClient(queueSettings(service.settings));
  return {
    all: urls.map((url) => ({
      url,
      name: url.slice(url.lastIndexOf('/') + 1),
    })),
    counts: async ({ url: QueueUrl }) => {
      const { Attributes = {} } = await client.send(
        new sqs.GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      );
      return {
        visible: Number(Attributes['ApproximateNumberOfMessages'] ?? 0),
        hidden: Number(Attributes['ApproximateNumberOfMessagesNotVisible'] ?? 0),
      };
    },
    receive: async ({ url: QueueUrl }, max) => {
      const { Messages = [] } = await client.send(
        new sqs.ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: Math.min(max, batchMax),
          VisibilityTimeout: hiddenSeconds,
          WaitTimeSeconds: waitSeconds,
          MessageAttributeNames: ['All'],
          MessageSystemAttributeNames: [
            ...(['SentTimestamp', 'ApproximateReceiveCount'] as const),
            ...(['DeadLetterQueueSourceArn', 'MessageGroupId'] as const),
          ],
        }),
      );
      return Messages;
    },
    release: async ({ url: QueueUrl }, handles) => {
      for (const chunk of chunksOf(handles, batchMax)) {
        const Entries = chunk.map((ReceiptHandle, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: 0,
        }));
        await client.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }));
      }
    },
    hide: async ({ url: QueueUrl }, ReceiptHandle, VisibilityTimeout) => {
      const change = { QueueUrl, ReceiptHandle, VisibilityTimeout };
      await client.send(new sqs.ChangeMessageVisibilityCommand(change));
    },
    remove: async ({ url: QueueUrl }, ReceiptHandle) => {
      await client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    },
    close: () => client.destroy(),
  };
};
