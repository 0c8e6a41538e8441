import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../clock.ts';
import type { MessageContent } from './message.ts';
import type { Queue } from './queue.ts';

export type MoveTaskStatus = 'RUNNING' | 'COMPLETED' | 'CANCELLED' | 'FAILED';

/** A task that moves messages out of a dead-letter queue. */
export type MoveTask = {
  readonly id: string;
  readonly sourceArn: string;
  /**
   * The queue that gets all messages; unless given, each goes back to the queue that it came from.
   */
  readonly destinationArn: string | undefined;
  readonly messagesPerSecond: number | undefined;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** The number of messages at the start. */
  readonly messagesToMove: number;
  readonly messagesMoved: number;
  readonly status: MoveTaskStatus;
  /** SQS's word for what ended a task that failed. */
  readonly failureReason: string | undefined;
};

/** The tasks of one Region that move messages. */
export interface MoveTasks {
  /**
   * Starts a task. Without a rate all visible messages have been moved when it returns.
   *
   * @returns nothing when a task of the source is running
   */
  readonly start: (
    source: Queue,
    options?: {
      readonly destinationArn?: string | undefined;
      readonly messagesPerSecond?: number | undefined;
    },
  ) => MoveTask | undefined;
  /** The tasks of a source, the most recent first. */
  readonly ofSource: (sourceArn: string) => readonly MoveTask[];
  /** Ends a running task; the messages that it has moved stay where they are. */
  readonly cancel: (id: string) => 'cancelled' | 'not-running' | 'missing';
  readonly stop: () => void;
}

type Running = { -readonly [Key in keyof MoveTask]: MoveTask[Key] } & {
  readonly stopping: AbortController;
};

/** SQS lists at most so many tasks of a queue. */
const tasksMax = 10;

const second = 1_000;

/**
 * Moves messages between queues; a message that moves is new in its queue (StartMessageMoveTask,
 * API reference).
 *
 * @param queueByArn where messages may go
 */
export const createMoveTasks = (
  clock: LocalClock,
  queueByArn: (arn: string) => Queue | undefined,
): MoveTasks => {
  const tasks = new Map<string, Running>();

  /**
   * Moves a message. Returns false if it came from no queue here: then the task fails, and the
   * message stays.
   */
  const move = (task: Running, content: MessageContent): boolean => {
    const { deadLetterSourceArn = '', ...sent } = content;
    const target = queueByArn(task.destinationArn ?? deadLetterSourceArn);
    if (!target) {
      task.status = 'FAILED';
      task.failureReason ??= 'CouldNotDetermineMessageSource';
      return false;
    }
    target.send(sent);
    task.messagesMoved += 1;
    return true;
  };

  /** Moves the messages of one second, or all messages if there is no rate. */
  const step = (task: Running, source: Queue): void => {
    const max = task.messagesPerSecond ?? Number.POSITIVE_INFINITY;
    const moved = source.moveOut(
      max,
      (content) => task.status === 'RUNNING' && move(task, content),
    );
    if (task.status === 'RUNNING' && moved < max) task.status = 'COMPLETED';
  };

  const run = async (task: Running, source: Queue): Promise<void> => {
    for (step(task, source); task.status === 'RUNNING'; step(task, source)) {
      const slept = await clock.sleep(second, task.stopping.signal).then(
        () => true,
        () => false,
      );
      if (!slept) return;
    }
  };

  /** Drops the oldest tasks, which SQS would not list any more. */
  const forgetOld = (sourceArn: string): void => {
    for (const { id } of ofSource(sourceArn).slice(tasksMax)) tasks.delete(id);
  };

  const ofSource = (sourceArn: string): readonly Running[] =>
    [...tasks.values()].filter((task) => task.sourceArn === sourceArn).reverse();

  return {
    start: (source, { destinationArn, messagesPerSecond } = {}) => {
      const sourceArn = source.definition.arn;
      if (ofSource(sourceArn).some(({ status }) => status === 'RUNNING')) return undefined;
      const task: Running = {
        id: randomUUID(),
        sourceArn,
        destinationArn,
        messagesPerSecond,
        startedAt: clock.now(),
        messagesToMove: source.counts().visible,
        messagesMoved: 0,
        status: 'RUNNING',
        failureReason: undefined,
        stopping: new AbortController(),
      };
      tasks.set(task.id, task);
      forgetOld(sourceArn);
      void run(task, source);
      return task;
    },
    ofSource,
    cancel: (id) => {
      const task = tasks.get(id);
      if (task?.status !== 'RUNNING') return task ? 'not-running' : 'missing';
      task.status = 'CANCELLED';
      task.stopping.abort();
      return 'cancelled';
    },
    stop: () => {
      for (const { stopping } of tasks.values()) stopping.abort();
    },
  };
};
