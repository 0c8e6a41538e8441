import * as v from 'valibot';
import { integer, isObject, type Operation } from '../../aws-json.ts';
import { invalidValue, noSuchResource, unsupported } from '../errors.ts';
import type { MoveTask } from '../move-tasks.ts';
import type { Queue } from '../queue.ts';
import type { Sqs } from '../sqs.ts';
import { sqsOperation } from './request.ts';

/** StartMessageMoveTask and ListMessageMoveTasks, API reference. */
const messagesPerSecondMax = 500;
const resultsMax = 10;
const resultsDefault = 1;

/** The texts of these two ranges are not recorded. */
const checkRange = (name: string, value: number | undefined, max: number): void => {
  if (value === undefined || (value >= 1 && value <= max)) return;
  throw invalidValue(
    `Value for parameter ${name} is invalid. Reason: ${name} must be an integer between 1 and ${max}.`,
  );
};

/** The dead-letter queue whose messages move. */
const sourceOf = (sqs: Sqs, arn: string): Queue => {
  const source = sqs.byArn(arn);
  if (!source) throw noSuchResource('SourceArn');
  return source;
};

const encodeHandle = ({ id, sourceArn }: MoveTask): string =>
  Buffer.from(JSON.stringify({ taskId: id, sourceArn })).toString('base64');

const decodeHandle = (handle: string): { readonly id: string; readonly sourceArn: string } => {
  let read: unknown;
  try {
    read = JSON.parse(Buffer.from(handle, 'base64').toString('utf8'));
  } catch {
    read = undefined;
  }
  const { taskId, sourceArn } = isObject(read) ? read : {};
  if (typeof taskId !== 'string' || typeof sourceArn !== 'string') {
    throw invalidValue('Value for parameter TaskHandle is invalid.');
  }
  return { id: taskId, sourceArn };
};

const startSchema = v.strictObject({
  SourceArn: v.string(),
  DestinationArn: v.optional(v.string()),
  MaxNumberOfMessagesPerSecond: v.optional(integer),
});

const start = (sqs: Sqs, input: v.InferOutput<typeof startSchema>): unknown => {
  const { SourceArn, DestinationArn, MaxNumberOfMessagesPerSecond } = input;
  const source = sourceOf(sqs, SourceArn);
  if (DestinationArn !== undefined && !sqs.byArn(DestinationArn)) {
    throw noSuchResource('DestinationArn');
  }
  checkRange('MaxNumberOfMessagesPerSecond', MaxNumberOfMessagesPerSecond, messagesPerSecondMax);
  if (sqs.deadLetterSources(SourceArn).length === 0) {
    throw invalidValue('Source queue must be configured as a Dead Letter Queue.');
  }
  // The text is not recorded; such a task would move the same messages for ever.
  if (DestinationArn === SourceArn) {
    throw invalidValue('Source queue and destination queue must be different.');
  }
  const task = sqs.moveTasks.start(source, {
    destinationArn: DestinationArn,
    messagesPerSecond: MaxNumberOfMessagesPerSecond,
  });
  if (!task) {
    throw invalidValue(
      'There is already a task running. Only one active task is allowed for a source queue arn at a given time.',
    );
  }
  return { TaskHandle: encodeHandle(task) };
};

const describe = (task: MoveTask): unknown => ({
  TaskHandle: task.status === 'RUNNING' ? encodeHandle(task) : undefined,
  Status: task.status,
  SourceArn: task.sourceArn,
  DestinationArn: task.destinationArn,
  MaxNumberOfMessagesPerSecond: task.messagesPerSecond,
  ApproximateNumberOfMessagesMoved: task.messagesMoved,
  ApproximateNumberOfMessagesToMove: task.messagesToMove,
  FailureReason: task.failureReason,
  StartedTimestamp: task.startedAt,
});

const cancel = (sqs: Sqs, handle: string): unknown => {
  const { id, sourceArn } = decodeHandle(handle);
  sourceOf(sqs, sourceArn);
  switch (sqs.moveTasks.cancel(id)) {
    case 'missing':
      throw noSuchResource('TaskHandle', 'Task does not exist.');
    case 'not-running':
      throw unsupported('Only a task that is running can be cancelled.');
    case 'cancelled':
      return {
        ApproximateNumberOfMessagesMoved: sqs.moveTasks
          .ofSource(sourceArn)
          .find((task) => task.id === id)?.messagesMoved,
      };
  }
};

/** The operations on tasks that move messages out of dead-letter queues. */
export const moveTaskOperations = (sqs: Sqs): Record<string, Operation> => ({
  StartMessageMoveTask: sqsOperation(startSchema, (input) => start(sqs, input)),
  ListMessageMoveTasks: sqsOperation(
    v.strictObject({ SourceArn: v.string(), MaxResults: v.optional(integer) }),
    ({ SourceArn, MaxResults }) => {
      sourceOf(sqs, SourceArn);
      checkRange('MaxResults', MaxResults, resultsMax);
      const tasks = sqs.moveTasks.ofSource(SourceArn).slice(0, MaxResults ?? resultsDefault);
      return { Results: tasks.map(describe) };
    },
  ),
  CancelMessageMoveTask: sqsOperation(
    v.strictObject({ TaskHandle: v.string() }),
    ({ TaskHandle }) => cancel(sqs, TaskHandle),
  ),
});
