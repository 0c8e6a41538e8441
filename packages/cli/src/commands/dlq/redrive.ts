import type { DeadMessage, Work } from '../../local/sqs/dead-message.ts';
import { batchMax, type Queues, type ServiceQueue } from './queues.ts';
import { type Holding, holdMessages } from './reading.ts';
import type { Targets } from './targets.ts';

/** Does the work of a message again. */
export interface Worker {
  /** How long the work may take. Seconds. */
  readonly secondsMax: (work: Work) => Promise<number>;
  /**
   * @returns whether the work is done; a function may have set it aside again, as a new message
   * @throws {Error} with the reason, in one line, when it has failed again
   */
  readonly run: (work: Work) => Promise<'done' | 'set-aside'>;
}

/** A message that is still in its queue, and the reason. */
export type LeftMessage = { readonly queue: string; readonly id: string; readonly reason: string };

/** The numbers of one run. */
export type RedriveReport = {
  readonly redriven: number;
  readonly failed: readonly LeftMessage[];
};

/** Added to the longest run: time to delete the message. Seconds. */
const hiddenMarginSeconds = 30;

const setAside = 'the function cannot read it either: it is in the queue again, as a new message';

const interrupted = 'the command was interrupted';

const noWork = 'it does not say what to run again: look at it with antipode dlq show';

type Deps = {
  readonly queues: Queues;
  readonly worker: Worker;
  readonly targets: Pick<Targets, 'refusalOf'>;
  /** Why a message is too old, or undefined for one that is not. */
  readonly ageRefusalOf: (message: DeadMessage) => string | undefined;
  readonly wanted: (message: DeadMessage) => boolean;
  /** Waits until one more message may be worked on. */
  readonly pace: (messages: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onProgress: (report: RedriveReport) => void;
};

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';

/**
 * Does the work of one message, and deletes the message after its success. Whatever fails, and
 * wherever this process ends, the message stays, or comes back when it is no longer hidden.
 */
const redriveOne = async (
  { queues, worker, targets, ageRefusalOf, pace, signal }: Deps,
  queue: ServiceQueue,
  holding: Holding,
  message: DeadMessage,
): Promise<string | undefined> => {
  const { work } = message;
  if (!work) return noWork;
  const refusal = targets.refusalOf(work) ?? ageRefusalOf(message);
  if (refusal !== undefined) return refusal;
  try {
    await pace(1);
    const seconds = (await worker.secondsMax(work)) + hiddenMarginSeconds;
    await queues.hide(queue, holding.handleOf(message), seconds);
    const outcome = await worker.run(work);
    await queues.remove(queue, holding.handleOf(message));
    holding.forget(message);
    return outcome === 'done' ? undefined : setAside;
  } catch (error) {
    return signal.aborted ? interrupted : reasonOf(error);
  }
};

/** Redrives the wanted messages of one queue that were there when it began. */
const redriveQueue = async (
  deps: Deps,
  queue: ServiceQueue,
  before: RedriveReport,
): Promise<RedriveReport> => {
  const { queues, wanted, signal, onProgress } = deps;
  const holding = holdMessages(queues, queue);
  let report = before;
  try {
    while (!signal.aborted) {
      const messages = await holding.next(batchMax);
      if (messages.length === 0) break;
      const reasons = await Promise.all(
        messages.filter(wanted).map(async (message) => ({
          id: message.id,
          reason: await redriveOne(deps, queue, holding, message),
        })),
      );
      const failed = reasons.flatMap(({ id, reason }) =>
        reason === undefined ? [] : [{ queue: queue.name, id, reason }],
      );
      report = {
        redriven: report.redriven + reasons.length - failed.length,
        failed: [...report.failed, ...failed],
      };
      if (reasons.length > 0) onProgress(report);
    }
  } finally {
    await holding.release();
  }
  return report;
};

/** Redrives the wanted messages of queues, one queue after the other. */
export const redriveQueues = async (
  deps: Deps,
  chosen: readonly ServiceQueue[],
): Promise<RedriveReport> => {
  let report: RedriveReport = { redriven: 0, failed: [] };
  for (const queue of chosen) report = await redriveQueue(deps, queue, report);
  return report;
};
