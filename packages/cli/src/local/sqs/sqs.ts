import type { LocalClock } from '../clock.ts';
import type { QueueAnswer } from '../eventbridge/delivery.ts';
import type { QueueDefinition } from './definition.ts';
import { stringAttributes, traceAttributes } from './message.ts';
import { createMoveTasks, type MoveTasks } from './move-tasks.ts';
import { createQueue, type Queue } from './queue.ts';

/** The queues of one Region. */
export interface Sqs {
  readonly account: string;
  readonly queues: readonly Queue[];
  /** Makes a queue, or changes the settings of one, which keeps its messages. */
  readonly put: (definition: QueueDefinition) => void;
  /** Deletes a queue with its messages. */
  readonly remove: (arn: string) => void;
  readonly byArn: (arn: string) => Queue | undefined;
  readonly byName: (name: string) => Queue | undefined;
  /**
   * Sends with string attributes and an X-Ray header, for services that know a queue by its ARN.
   */
  readonly sendToQueue: (
    arn: string,
    body: string,
    attributes: Readonly<Record<string, string>>,
    traceHeader?: string,
  ) => Promise<QueueAnswer>;
  readonly moveTasks: MoveTasks;
  /** The queues whose redrive policy names this one. */
  readonly deadLetterSources: (arn: string) => readonly Queue[];
  /** Empties a queue; false when that was done within the last minute. */
  readonly purge: (queue: Queue) => boolean;
  /** Ends long polls without messages; resolves when they have been answered. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds between two purges of a queue (PurgeQueue, API reference). */
const purgeIntervalMs = 60_000;

/**
 * Starts the queues of one Region.
 *
 * @throws {Error} if a redrive policy names a queue that does not exist.
 */
export const createSqs = (options: {
  readonly account: string;
  readonly clock: LocalClock;
  readonly queues: readonly QueueDefinition[];
}): Sqs => {
  const { account, clock } = options;
  const queues = new Map<string, Queue>();
  const put = (definition: QueueDefinition): void => {
    const { arn } = definition;
    const known = queues.get(arn);
    if (known) {
      known.configure(definition);
      return;
    }
    const queue = createQueue({
      definition,
      clock,
      deadLetter: (deadLetterArn, message) => {
        const target = queues.get(deadLetterArn);
        target?.adopt(message);
        return target !== undefined;
      },
    });
    queues.set(arn, queue);
  };
  for (const definition of options.queues) put(definition);
  for (const { name, redrive } of options.queues) {
    if (redrive && !queues.has(redrive.deadLetterArn)) {
      throw new Error(
        `Queue ${name} has the dead-letter queue ${redrive.deadLetterArn}, which does not exist.`,
      );
    }
  }
  const moveTasks = createMoveTasks(clock, (arn) => queues.get(arn));
  const purges = new WeakMap<Queue, number>();
  return {
    account,
    get queues() {
      return [...queues.values()];
    },
    put,
    remove: (arn) => {
      queues.get(arn)?.stop();
      queues.delete(arn);
    },
    byArn: (arn) => queues.get(arn),
    byName: (name) => [...queues.values()].find((queue) => queue.definition.name === name),
    sendToQueue: async (arn, body, attributes, traceHeader) => {
      const sent = queues.get(arn)?.send({
        body,
        attributes: stringAttributes(attributes),
        systemAttributes: traceAttributes(traceHeader),
      });
      return sent === undefined ? 'missing' : 'accepted';
    },
    moveTasks,
    deadLetterSources: (arn) =>
      [...queues.values()].filter(({ definition }) => definition.redrive?.deadLetterArn === arn),
    purge: (queue) => {
      const purgedAt = purges.get(queue);
      const now = clock.now();
      if (purgedAt !== undefined && (now - purgedAt) * clock.speed < purgeIntervalMs) return false;
      purges.set(queue, now);
      queue.purge();
      return true;
    },
    stop: async () => {
      for (const queue of queues.values()) queue.stop();
      moveTasks.stop();
      // A poll does its remaining work, up to its answer, within this turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
};
