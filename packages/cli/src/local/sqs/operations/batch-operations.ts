import * as v from 'valibot';
import { AwsError, integer, type Operation } from '../../aws-json.ts';
import { batchError } from '../errors.ts';
import { messageBytes } from '../message.ts';
import type { Sqs } from '../sqs.ts';
import { changeVisibility, removeMessage } from './receipts.ts';
import { queueAt, sqsOperation } from './request.ts';
import { acceptMessage, type MessageParameters, messageEntries, sendMessage } from './send.ts';

/** SendMessageBatch, API reference. */
const entriesMax = 10;
const requestBytesMax = 1024 * 1024;
const entryIdPattern = /^[\w-]{1,80}$/;

const batchSchema = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.strictObject({
    QueueUrl: v.string(),
    Entries: v.optional(v.array(v.strictObject({ Id: v.string(), ...entries })), []),
  });

type Entry = { readonly Id: string };

type BatchAnswer = {
  readonly Successful: readonly object[];
  readonly Failed: readonly object[];
};

/** @throws {AwsError} for what fails a batch as a whole. */
const checkEntries = (entries: readonly Entry[], entryName: string): void => {
  if (entries.length === 0) {
    throw batchError(
      'EmptyBatchRequest',
      `There should be at least one ${entryName} in the request.`,
    );
  }
  if (entries.length > entriesMax) {
    throw batchError(
      'TooManyEntriesInBatchRequest',
      `Maximum number of entries per request are ${entriesMax}. You have sent ${entries.length}.`,
    );
  }
  if (!entries.every(({ Id }) => entryIdPattern.test(Id))) {
    throw batchError(
      'InvalidBatchEntryId',
      'A batch entry id can only contain alphanumeric characters, hyphens and underscores. It can be at most 80 letters long.',
    );
  }
  const seen = new Set<string>();
  for (const { Id } of entries) {
    if (seen.has(Id)) throw batchError('BatchEntryIdsNotDistinct', `Id ${Id} repeated.`);
    seen.add(Id);
  }
};

/** Answers each entry by itself: an error of SQS fails the entry alone. */
const answerEach = <Each extends Entry>(
  entries: readonly Each[],
  run: (entry: Each) => object,
): BatchAnswer => {
  const Successful: object[] = [];
  const Failed: object[] = [];
  for (const entry of entries) {
    try {
      Successful.push({ Id: entry.Id, ...run(entry) });
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const { name, queryCode = name, message } = error;
      Failed.push({ Id: entry.Id, SenderFault: true, Code: queryCode, Message: message });
    }
  }
  return { Successful, Failed };
};

/**
 * The bytes of an entry. Attributes that cannot be read count as none, because their entry fails by
 * itself.
 */
const sizeOf = ({ MessageBody, MessageAttributes }: MessageParameters): number => {
  const attributes = Object.entries(MessageAttributes).filter(
    ([, value]) => typeof value === 'object',
  );
  return messageBytes({ body: MessageBody, attributes: Object.fromEntries(attributes) as never });
};

const checkSize = (entries: readonly MessageParameters[]): void => {
  const bytes = entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes <= requestBytesMax) return;
  throw batchError(
    'BatchRequestTooLong',
    `Batch requests cannot be longer than ${requestBytesMax} bytes. You have sent ${bytes} bytes.`,
  );
};

const sendEntry = 'SendMessageBatchRequestEntry';
const deleteEntry = 'DeleteMessageBatchRequestEntry';
const visibilityEntry = 'ChangeMessageVisibilityBatchRequestEntry';

/** The operations on up to ten messages. */
export const batchOperations = (sqs: Sqs): Record<string, Operation> => ({
  SendMessageBatch: sqsOperation(
    batchSchema(messageEntries),
    ({ QueueUrl, Entries }, request) => {
      const queue = queueAt(sqs, QueueUrl);
      checkEntries(Entries, sendEntry);
      checkSize(Entries);
      return answerEach(Entries, (entry) =>
        sendMessage(
          queue,
          acceptMessage(queue, entry, request, 'One or more parameters cannot be validated.'),
        ),
      );
    },
    sendEntry,
  ),
  DeleteMessageBatch: sqsOperation(
    batchSchema({ ReceiptHandle: v.string() }),
    ({ QueueUrl, Entries }) => {
      const queue = queueAt(sqs, QueueUrl);
      checkEntries(Entries, deleteEntry);
      return answerEach(Entries, (entry) => {
        removeMessage(queue, entry);
        return {};
      });
    },
    deleteEntry,
  ),
  ChangeMessageVisibilityBatch: sqsOperation(
    batchSchema({ ReceiptHandle: v.string(), VisibilityTimeout: v.optional(integer) }),
    ({ QueueUrl, Entries }) => {
      const queue = queueAt(sqs, QueueUrl);
      checkEntries(Entries, visibilityEntry);
      return answerEach(Entries, (entry) => {
        changeVisibility(queue, entry);
        return {};
      });
    },
    visibilityEntry,
  ),
});
