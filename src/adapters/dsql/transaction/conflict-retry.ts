import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, type Retry, retryDelayMs } from '../../../domain/kernel/index.ts';
import { processRandom } from '../connection/system-clock.ts';

/** An attempt shorter than the clock can see would make every wait zero. Milliseconds. */
const windowMsMin = 1;

/**
 * Runs an attempt again that has met a conflict, which means that nothing of it has happened; every other failure is
 * the caller's.
 *
 * @param deadline milliseconds since the epoch; the last conflict is thrown when it leaves no time for another attempt
 * @param onRetry is told of each attempt that is run again, before the wait
 */
export const untilNoConflict = async <T>(
  attempt: () => Promise<T>,
  deadline: number,
  onRetry?: (retry: Retry) => void,
): Promise<T> => {
  for (let retry = 0; ; retry += 1) {
    const startedAt = Date.now();
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Conflict)) throw error;
      const windowMs = Math.max(windowMsMin, Date.now() - startedAt);
      // A session that has missed a change of the schema knows it now.
      const knowsNow = retry === 0 && error.over === 'schema';
      const waitMs = knowsNow ? 0 : retryDelayMs(retry, windowMs, processRandom);
      if (Date.now() + waitMs >= deadline) throw error;
      onRetry?.({ attempt: retry + 1, fault: error, waitMs });
      await delay(waitMs);
    }
  }
};
