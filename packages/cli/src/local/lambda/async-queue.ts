import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import type { LocalClock } from '../clock.ts';
import { noOutage, type Outage } from '../outage.ts';
import { newTraceHeader } from '../trace-header.ts';
import {
  type AsyncResult,
  type Attempt,
  deadLetterAttributes,
  type FailedAttempt,
  type FailureCondition,
  invocationRecord,
  type SendToDestination,
  versionedArn,
} from './async-result.ts';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import type { InvocationRequest, InvocationResult } from './invocation.ts';

/** The settings of a function from `AWS::Lambda::EventInvokeConfig` and `DeadLetterConfig`. */
export type AsyncConfiguration = {
  /** Further attempts after an error of the function, 0 to 2; 2 unless set. */
  readonly maximumRetryAttempts?: number | undefined;
  /** 60 to 21,600; 21,600 unless set. */
  readonly maximumEventAgeSeconds?: number | undefined;
  /** Queue, function or bus that receives a record of an event that was handled. */
  readonly onSuccessArn?: string | undefined;
  /** Queue, function or bus that receives a record of an event that has failed. */
  readonly onFailureArn?: string | undefined;
  /** Queue that receives the failed event itself. */
  readonly deadLetterArn?: string | undefined;
};

/** Events that a function takes asynchronously: retried, and recorded at its destinations. */
export interface AsyncQueue {
  /**
   * Accepts a JSON text at once; `done` resolves when the event has succeeded, or has failed for
   * good.
   *
   * @param traceHeader X-Ray header of the sender; all attempts have it, or a new one.
   * @throws {FunctionStopped} after the stop.
   */
  readonly enqueue: (
    payload: string,
    traceHeader?: string,
  ) => {
    readonly requestId: string;
    readonly done: Promise<void>;
  };
  /** Drops the events that wait. Unlike Lambda's, this queue does not outlive its process. */
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
  readonly invoke: (invocation: InvocationRequest) => Promise<InvocationResult>;
  /** As it is now; a change of it counts for events that wait, too. */
  readonly configuration: () => AsyncConfiguration;
  readonly clock: LocalClock;
  readonly sendToDestination: SendToDestination;
  readonly onLog: (line: string) => void;
  /** While it lasts no event is attempted. */
  readonly outage?: Outage | undefined;
};

const notRunReason = ({ error }: FailedAttempt & { readonly kind: 'notRun' }): string =>
  error instanceof FunctionThrottled
    ? `throttled at a reserved concurrency of ${error.limit}`
    : error.message;

/**
 * Why an event has failed for good. The log has an error of the function, but not the reason for
 * which the function was not run.
 */
const reasonOf = ({ condition, last }: AsyncResult): string =>
  last.kind === 'notRun' ? `${condition}, ${notRunReason(last)}` : condition;

/** Ids that a line of the log can hold: a sender may choose a text of many lines. */
const shortId = /^[\x21-\x7e]{1,128}$/;

/** The id of an event's envelope, or EventBridge's own; other payloads have none. */
const eventIdOf = (payload: string): string | undefined => {
  try {
    const event = Object(JSON.parse(payload));
    const id = Object(event.detail).id ?? ('detail-type' in event ? event.id : undefined);
    return typeof id === 'string' && shortId.test(id) ? id : undefined;
  } catch {
    return undefined;
  }
};

/** An event as a line of the log names it: by the id that other logs have, and by its request. */
const shownEvent = ({ payload, requestId }: InvocationRequest): string => {
  const id = eventIdOf(payload);
  return id === undefined ? requestId : `${id} of request ${requestId}`;
};

/**
 * Sends the result of an event to its destination. A failed event goes to both its destination and
 * its dead-letter queue, if the configuration names both.
 */
const createSink = (deps: AsyncQueueDeps) => {
  const { functionArn, configuration, clock, sendToDestination, onLog } = deps;

  const send = async (
    destinationArn: string,
    result: AsyncResult,
    message: Pick<Parameters<SendToDestination>[0], 'body' | 'attributes'>,
  ): Promise<void> => {
    const { traceHeader } = result.invocation;
    const event = shownEvent(result.invocation);
    const succeeded = result.condition === 'Success';
    try {
      await sendToDestination({
        ...message,
        destinationArn,
        functionArn: versionedArn(functionArn),
        succeeded,
        traceHeader,
      });
      if (!succeeded) {
        onLog(`Event ${event} is given up (${reasonOf(result)}) and sent to ${destinationArn}`);
      }
    } catch (error) {
      const lost = succeeded ? `The record of event ${event}` : `Event ${event}`;
      onLog(`${lost} is dropped: its destination ${destinationArn} refused it: ${String(error)}`);
    }
  };
  const sendRecord = (destinationArn: string, result: AsyncResult): Promise<void> => {
    const body = invocationRecord(result, functionArn, new Date(clock.now()));
    return send(destinationArn, result, { body, attributes: {} });
  };

  return {
    succeed: async (result: AsyncResult): Promise<void> => {
      const { onSuccessArn } = configuration();
      if (onSuccessArn) await sendRecord(onSuccessArn, result);
    },
    fail: async (result: AsyncResult<FailedAttempt>): Promise<void> => {
      const { invocation } = result;
      const { onFailureArn, deadLetterArn } = configuration();
      if (!onFailureArn && !deadLetterArn) {
        onLog(
          `Event ${shownEvent(invocation)} is dropped (${reasonOf(result)}): the function has no failure queue`,
        );
      }
      if (onFailureArn) await sendRecord(onFailureArn, result);
      if (deadLetterArn) {
        const attributes = deadLetterAttributes(result);
        await send(deadLetterArn, result, { body: invocation.payload, attributes });
      }
    },
  };
};

/** The age of an event in AWS's time: a wait counts in full, whatever the speed of the clock. */
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
  const { configuration, clock, outage = noOutage } = deps;
  const { succeed, fail } = createSink(deps);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);

  /**
   * The result of one attempt; nothing when the function was stopped meanwhile. An attempt that the
   * end of its Region has interrupted is made again when the Region is back.
   */
  const attempt = async (invocation: InvocationRequest): Promise<Attempt | undefined> => {
    for (;;) {
      await outage.untilOver(stopping.signal);
      if (stopping.signal.aborted) return undefined;
      try {
        const result = await deps.invoke(invocation);
        return { kind: result.functionError ? 'functionError' : 'succeeded', result };
      } catch (error) {
        if (error instanceof FunctionStopped) continue;
        return { kind: 'notRun', error: error instanceof Error ? error : new Error(String(error)) };
      }
    }
  };

  const work = async (invocation: InvocationRequest): Promise<void> => {
    const age = createAge(clock);
    const failures = { functionError: 0, notRun: 0 };
    const giveUp = (last: FailedAttempt, delayMs: number): FailureCondition | undefined => {
      const { maximumRetryAttempts, maximumEventAgeSeconds } = configuration();
      const retryAttemptsMax = maximumRetryAttempts ?? retryAttemptsDefault;
      const ageMsMax = (maximumEventAgeSeconds ?? eventAgeSecondsMax) * 1000;
      if (isSwitchedOff(last)) return 'ZeroReservedConcurrency';
      if (failures.functionError > retryAttemptsMax) return 'RetriesExhausted';
      return age.ms() + delayMs > ageMsMax ? 'EventAgeExceeded' : undefined;
    };
    for (;;) {
      const last = await attempt(invocation);
      if (!last) return;
      if (last.kind === 'succeeded') {
        const invokeCount = failures.functionError + 1;
        return succeed({ invocation, condition: 'Success', last, invokeCount });
      }
      if (stopping.signal.aborted) return;
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
    enqueue: (payload, traceHeader = newTraceHeader()) => {
      if (stopping.signal.aborted) throw new FunctionStopped();
      const requestId = randomUUID();
      const done = work({ requestId, payload, traceHeader }).catch((error: unknown) => {
        if (!stopping.signal.aborted) throw error;
      });
      return { requestId, done };
    },
    stop: () => stopping.abort(),
  };
};
