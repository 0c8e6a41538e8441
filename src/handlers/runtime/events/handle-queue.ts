import { defined } from '../../../domain/kernel/defined.ts';
import type { Logger } from '../../../domain/kernel/index.ts';
import type { LambdaContext } from '../lambda-handler.ts';
import { deliveryOf, orderedGroupOf, type QueueRecord } from './deliveries.ts';
import type { Delivery, EventStatus } from './handle-event.ts';
import { logEventFailure } from './log-failure.ts';

/**
 * An answer for an event source mapping with `ReportBatchItemFailures`: the queue delivers only the
 * named messages again.
 */
export type BatchAnswer = {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
};

/**
 * Time that a message needs at least. With less, it goes back to the queue without an attempt, and
 * the messages that are done are reported before the function's timeout. Milliseconds.
 */
const messageMsMin = 1_000;

/**
 * The context of one message: an equal share of the time that is left for it and for those after
 * it. So a message that hangs does not take the time of the others. It is whole milliseconds, as
 * Lambda's own: timers take no fraction.
 */
const shareOf = (context: LambdaContext, messagesLeft: number): LambdaContext => {
  const { awsRequestId, invokedFunctionArn } = context;
  const leftMs = context.getRemainingTimeInMillis();
  const othersMs = leftMs - Math.max(messageMsMin, Math.floor(leftMs / messagesLeft));
  return {
    awsRequestId,
    ...defined({ invokedFunctionArn }),
    getRemainingTimeInMillis: () => context.getRemainingTimeInMillis() - othersMs,
  };
};

/**
 * Handles the messages of a queue one after the other. Each has an equal share of the time that is
 * left, and one second at least.
 *
 * A message that fails costs only itself, and is delivered again. In a FIFO queue the later
 * messages of its group are delivered again with it, because they must not overtake it. A message
 * in the dead letters is done: its group goes on.
 */
export const createHandleQueue =
  (deps: {
    readonly handleEvent: (delivery: Delivery, context: LambdaContext) => Promise<EventStatus>;
    readonly logger: Logger;
    /** Deliveries after which the queue gives a message up. */
    readonly receivesMax?: number | undefined;
  }) =>
  async (records: readonly QueueRecord[], context: LambdaContext): Promise<BatchAnswer> => {
    const { handleEvent, logger, receivesMax = Number.POSITIVE_INFINITY } = deps;
    const failed: QueueRecord[] = [];
    const stoppedGroups = new Set<string>();

    const fail = (record: QueueRecord): void => {
      failed.push(record);
      const group = orderedGroupOf(record);
      if (group !== undefined) stoppedGroups.add(group);
    };

    for (const [at, record] of records.entries()) {
      const group = orderedGroupOf(record);
      const hasTime = context.getRemainingTimeInMillis() >= messageMsMin;
      if (!hasTime || (group !== undefined && stoppedGroups.has(group))) {
        fail(record);
        continue;
      }
      try {
        const delivery = deliveryOf(record);
        const isLast = delivery.attempts >= receivesMax;
        await handleEvent({ ...delivery, isLast }, shareOf(context, records.length - at));
      } catch (error) {
        fail(record);
        logEventFailure(logger, { messageId: record.messageId }, error);
      }
    }
    if (failed.length > 0) {
      const counts = { failed: failed.length, of: records.length };
      logger.warn('Messages go back to their queue', counts);
    }
    return {
      batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })),
    };
  };
