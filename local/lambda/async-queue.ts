import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { LocalClock } from '../clock.ts';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import {
  deadLetterAttributes,
  type FailedAttempt,
  type FailedEvent,
  failureRecord,
  type MessageAttribute,
} from './failed-event.ts';
import type { Invocation, InvocationResult } from './invocation.ts';

/** What `AWS::Lambda::EventInvokeConfig` and `DeadLetterConfig` say about a function. */
export type AsyncConfiguration = {
  /** Further attempts after an error of the function, 0 to 2; 2 unless set. */
  readonly maximumRetryAttempts?: number | undefined;
  /** 60 to 21,600; 21,600 unless set. */
  readonly maximumEventAgeSeconds?: number | undefined;
  /** Queue that receives a record of a failed event. */
  readonly onFailureArn?: string | undefined;
  /** Queue that receives the failed event itself. */
  readonly deadLetterArn?: string | undefined;
};

export type SendToQueue = (
  arn: string,
  body: string,
  attributes: Readonly<Record<string, MessageAttribute>>,
) => Promise<void> | void;

/** Events that a function takes asynchronously: retried, and recorded where they fail for good. */
export interface AsyncQueue {
  /** Accepts a JSON text at once; `done` resolves when the event is through, one way or the other. */
  readonly enqueue: (payload: string) => {
    readonly requestId: string;
    readonly done: Promise<void>;
  };
  /** Drops what waits: unlike Lambda's, this queue does not outlive its process. */
  readonly stop: () => void;
}

const retryAttemptsDefault = 2;

/** Six hours: Lambda's limit and its default. */
const eventAgeSecondsMax = 6 * 60 * 60;

/** After the first error of the function one minute, after the second two. */
const functionErrorDelayMs = (errors: number): number => errors * 60_000;

/** After a throttle or an error of the service one second, doubling up to five minutes. */
const notRunDelayMs = (times: number): number => Math.min(1000 * 2 ** (times - 1), 5 * 60_000);

type AsyncQueueDeps = {
  readonly functionArn: string;
  readonly invoke: (invocation: Invocation) => Promise<InvocationResult>;
  readonly configuration: AsyncConfiguration;
  readonly clock: LocalClock;
  readonly sendToQueue: SendToQueue;
  readonly onLog: (line: string) => void;
};

/** Sends a failed event where the configuration says, to both places if it names two. */
const createFailureSink =
  ({ functionArn, configuration, clock, sendToQueue, onLog }: AsyncQueueDeps) =>
  async (failed: FailedEvent): Promise<void> => {
    const { onFailureArn, deadLetterArn } = configuration;
    const { requestId, payload } = failed.invocation;
    if (!onFailureArn && !deadLetterArn) {
      onLog(
        `Event ${requestId} is dropped (${failed.condition}): the function has no failure queue`,
      );
    }
    try {
      if (onFailureArn) {
        const record = failureRecord(failed, functionArn, new Date(clock.now()));
        await sendToQueue(onFailureArn, record, {});
      }
      if (deadLetterArn) await sendToQueue(deadLetterArn, payload, deadLetterAttributes(failed));
    } catch (error) {
      onLog(`Event ${requestId} is dropped: its failure queue refused it: ${String(error)}`);
    }
  };

/** The age of an event in AWS's time: a wait counts in full, at whatever speed the clock runs. */
const createAge = (clock: LocalClock) => {
  const acceptedAt = clock.now();
  let savedMs = 0;
  return {
    ms: (): number => clock.now() - acceptedAt + savedMs,
    sleep: async (ms: number, signal: AbortSignal): Promise<void> => {
      await clock.sleep(ms, signal);
      savedMs += ms - ms / clock.speed;
    },
  };
};

const isSwitchedOff = (attempt: FailedAttempt): boolean =>
  attempt.kind === 'notRun' &&
  attempt.error instanceof FunctionThrottled &&
  attempt.error.limit === 0;

/**
 * Lambda's own queue for invocations of type `Event`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
 */
export const createAsyncQueue = (deps: AsyncQueueDeps): AsyncQueue => {
  const { configuration, clock } = deps;
  const retryAttemptsMax = configuration.maximumRetryAttempts ?? retryAttemptsDefault;
  const ageMsMax = (configuration.maximumEventAgeSeconds ?? eventAgeSecondsMax) * 1000;
  const fail = createFailureSink(deps);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);

  const attempt = async (invocation: Invocation): Promise<FailedAttempt | undefined> => {
    try {
      const result = await deps.invoke(invocation);
      return result.functionError && { kind: 'functionError', result };
    } catch (error) {
      if (error instanceof FunctionStopped) return undefined;
      return { kind: 'notRun', error: error instanceof Error ? error : new Error(String(error)) };
    }
  };

  const work = async (invocation: Invocation): Promise<void> => {
    const age = createAge(clock);
    const failures = { functionError: 0, notRun: 0 };
    const giveUp = (last: FailedAttempt, delayMs: number): FailedEvent['condition'] | undefined => {
      if (isSwitchedOff(last)) return 'ZeroReservedConcurrency';
      if (failures.functionError > retryAttemptsMax) return 'RetriesExhausted';
      return age.ms() + delayMs > ageMsMax ? 'EventAgeExceeded' : undefined;
    };
    for (;;) {
      const last = await attempt(invocation);
      if (!last || stopping.signal.aborted) return;
      failures[last.kind] += 1;
      const delayMs =
        last.kind === 'functionError'
          ? functionErrorDelayMs(failures.functionError)
          : notRunDelayMs(failures.notRun);
      const condition = giveUp(last, delayMs);
      if (condition) {
        return fail({ invocation, condition, last, invokeCount: failures.functionError });
      }
      await age.sleep(delayMs, stopping.signal);
    }
  };

  return {
    enqueue: (payload) => {
      const requestId = randomUUID();
      const done = work({ requestId, payload }).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
      return { requestId, done };
    },
    stop: () => stopping.abort(),
  };
};
