import { setTimeout as delay } from 'node:timers/promises';
import { Conflict, type Retrier, type Retry } from '../../../domain/kernel/index.ts';
import { retryDelayMs } from '../../../domain/kernel/work/retry.ts';
import { systemRandom } from '../../system/index.ts';

/**
 * The shortest window. An attempt shorter than the clock's tick would make every wait 0.
 * Milliseconds.
 */
const windowMsMin = 1;

/**
 * Runs an attempt again after a conflict, of which nothing has taken effect. Throws every other
 * failure.
 *
 * @param deadline milliseconds since the epoch; the last conflict is thrown when it leaves no time
 * for another attempt
 * @param onRetry is called before the wait for each further attempt
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
      // The session has missed a change of the schema, and knows it now.
      const knowsNow = retry === 0 && error.over === 'schema';
      const waitMs = knowsNow ? 0 : retryDelayMs(retry, windowMs, systemRandom);
      if (Date.now() + waitMs >= deadline) throw error;
      onRetry?.({ attempt: retry + 1, fault: error, waitMs });
      await delay(waitMs);
    }
  }
};

/** A retrier that tries once: its caller decides about another attempt. */
export const oneAttempt: Retrier = { run: (attempt) => attempt(1) };
