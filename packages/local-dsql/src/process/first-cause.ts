import { setTimeout as delay } from 'node:timers/promises';

/**
 * Milliseconds to wait for the end of a process, which may be reported after the end of its
 * connections.
 */
const delayMs = 500;

/**
 * The reason of a signal that aborts at the time of an error, since it may be the cause; otherwise
 * the error.
 */
export const firstCause = async (error: unknown, failed: AbortSignal): Promise<unknown> => {
  await delay(delayMs, undefined, { signal: failed }).catch(() => undefined);
  return failed.aborted ? failed.reason : error;
};
