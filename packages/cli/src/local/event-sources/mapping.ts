import { parseArn } from '../arn.ts';
import type { LocalClock } from '../clock.ts';
import { FunctionStopped, FunctionThrottled, type LocalFunction } from '../lambda/index.ts';
import { noOutage, type Outage } from '../outage.ts';
import type { Queue, ReceivedMessage } from '../sqs/index.ts';
import { type BatchFailures, readBatchAnswer } from './batch-answer.ts';
import type { MappingDefinition } from './definition.ts';
import { type BatchRecord, eventOf, partsOf, recordOf } from './records.ts';

/** The parts of the local stack that a mapping connects. */
export type MappingDeps = {
  readonly definition: MappingDefinition;
  readonly queue: Pick<Queue, 'counts' | 'definition' | 'receive' | 'remove'>;
  readonly target: Pick<LocalFunction, 'invoke'>;
  readonly clock: LocalClock;
  /** While it lasts, the queue is not read. */
  readonly outage?: Outage | undefined;
  /** Receives a line about each batch that goes back to its queue. */
  readonly onLog: (line: string) => void;
};

/** A mapping that reads its queue. */
export interface RunningMapping {
  readonly definition: MappingDefinition;
  /** Resolves when the queue has no message and no batch is under way. */
  readonly idle: () => Promise<void>;
  /** Ends the reading. A batch that is under way ends with its function. */
  readonly stop: () => void;
}

/** Lambda reads a queue with five batches at first; more have no processes on one machine. */
const batchesMax = 5;

/** SQS's maximum of messages in a receive, and of its wait. */
const receiveMax = 10;
const waitSecondsMax = 20;

/** Between two attempts of a throttled batch, doubling. Milliseconds. */
const throttledMsMin = 100;
const throttledMsMax = 5_000;

/** Between two looks at a queue that is not empty. Milliseconds. */
const idleMs = 20;

const counted = (count: number): string => `${count} message${count === 1 ? '' : 's'}`;

/** Messages of a queue, and when the first of them was received. Milliseconds since the epoch. */
type Batch = { readonly messages: readonly ReceivedMessage[]; readonly receivedAt: number };

/** Reads batches: up to the batch size, or what the batching window brings. */
const createReader = ({ definition, queue, clock }: MappingDeps, stopped: AbortSignal) => {
  const { batchSize, windowSeconds } = definition;

  const receive = (wanted: number, signal: AbortSignal) =>
    queue.receive({ max: Math.min(wanted, receiveMax), waitSeconds: waitSecondsMax, signal });

  return async (): Promise<Batch> => {
    const messages = [...(await receive(batchSize, stopped))];
    const receivedAt = clock.now();
    if (messages.length === 0 || windowSeconds === 0) return { messages, receivedAt };
    const over = new AbortController();
    const end = () => over.abort();
    stopped.addEventListener('abort', end, { once: true });
    const window = clock.sleep(windowSeconds * 1_000, over.signal).then(end, end);
    while (messages.length < batchSize && !over.signal.aborted) {
      messages.push(...(await receive(batchSize - messages.length, over.signal)));
    }
    end();
    stopped.removeEventListener('abort', end);
    await window;
    return { messages, receivedAt };
  };
};

/** Invokes the function with parts of batches, and deletes the messages that it is done with. */
const createRunner = (deps: MappingDeps, stopped: AbortSignal) => {
  const { definition, queue, target, clock, onLog } = deps;
  const { name, fifo, visibilityTimeoutSeconds } = queue.definition;

  /** Waits in real time, as the visibility timeout does. */
  const pause = (ms: number): Promise<void> => clock.sleep(ms * clock.speed, stopped);

  /**
   * Invokes the function. Lambda tries a throttled batch again until the queue shows its messages
   * to others.
   */
  const invoke = async (part: readonly BatchRecord[], receivedAt: number) => {
    const until = receivedAt + visibilityTimeoutSeconds * 1_000;
    for (let delayMs = throttledMsMin; ; delayMs = Math.min(delayMs * 2, throttledMsMax)) {
      try {
        return await target.invoke(eventOf(part));
      } catch (error) {
        if (!(error instanceof FunctionThrottled)) throw error;
        if (clock.now() + delayMs >= until) throw error;
        await pause(delayMs);
      }
    }
  };

  const failuresOf = async (
    part: readonly BatchRecord[],
    receivedAt: number,
  ): Promise<BatchFailures> => {
    try {
      const { functionError, payload } = await invoke(part, receivedAt);
      if (functionError) return { kind: 'all', reason: 'the function failed' };
      if (!definition.reportsFailures) return { kind: 'some', ids: new Set() };
      const failures = readBatchAnswer(payload, new Set(part.map(({ message }) => message.id)));
      return failures.kind === 'some'
        ? failures
        : { kind: 'all', reason: `the answer is malformed, ${failures.reason}` };
    } catch (error) {
      if (stopped.aborted || error instanceof FunctionStopped) throw error;
      const reason = error instanceof FunctionThrottled ? 'the function is throttled' : error;
      return { kind: 'all', reason: reason instanceof Error ? reason.message : (reason as string) };
    }
  };

  /** @returns whether no message has failed */
  const runPart = async (part: readonly BatchRecord[], receivedAt: number): Promise<boolean> => {
    const failures = await failuresOf(part, receivedAt);
    if (failures.kind === 'all') {
      onLog(`${counted(part.length)} of queue ${name} go back to it: ${failures.reason}`);
      return false;
    }
    for (const { message } of part) {
      if (!failures.ids.has(message.id)) queue.remove(message.receiptHandle);
    }
    return failures.ids.size === 0;
  };

  const { region = '' } = parseArn(definition.queueArn) ?? {};
  return async ({ messages, receivedAt }: Batch): Promise<void> => {
    const records = messages.map((one) => recordOf(one, { ...definition, region }));
    for (const part of partsOf(records)) {
      // The later messages of a group must not overtake one that has failed.
      if (!(await runPart(part, receivedAt)) && fifo) return;
    }
  };
};

/**
 * Reads a queue, invokes a function with batches of its messages, and deletes the messages that the
 * function is done with. The others stay in flight until their visibility timeout, and go to the
 * dead-letter queue by the queue's own redrive policy.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export const startMapping = (deps: MappingDeps): RunningMapping => {
  const { definition, queue, outage = noOutage, onLog } = deps;
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  const read = createReader(deps, stopped);
  const run = createRunner(deps, stopped);
  let underWay = 0;
  /** Ends with the next batch that ends. */
  let ended = Promise.withResolvers<void>();
  const concurrencyMax = Math.min(batchesMax, definition.concurrencyMax ?? batchesMax);

  const start = (read: Batch): void => {
    underWay += 1;
    void run(read)
      .catch((error: unknown) => {
        if (!stopped.aborted && !(error instanceof FunctionStopped)) onLog(String(error));
      })
      .finally(() => {
        underWay -= 1;
        ended.resolve();
        ended = Promise.withResolvers();
      });
  };

  const poll = async (): Promise<void> => {
    while (!stopped.aborted) {
      await outage.untilOver(stopped);
      if (underWay >= concurrencyMax) await ended.promise;
      const next = await read();
      if (next.messages.length > 0 && !stopped.aborted) start(next);
    }
  };

  const isIdle = (): boolean => {
    const { visible, inFlight, delayed } = queue.counts();
    return underWay === 0 && visible + inFlight + delayed === 0;
  };

  if (definition.isEnabled) void poll();
  return {
    definition,
    idle: async () => {
      while (definition.isEnabled && !stopped.aborted && !isIdle()) {
        await new Promise((resolve) => setTimeout(resolve, idleMs));
      }
    },
    stop: () => stopping.abort(),
  };
};
