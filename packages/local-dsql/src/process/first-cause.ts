import { setTimeout as delay } from 'node:timers/promises';

/** The end of a process may be heard of after the ends of its connections. */
const delayMs = 500;

/**
 * The error, or the reason of a signal that aborts at the same time: it may be what the error comes
 * from.
 */
export const firstCause = async (error: unknown, failed: AbortSignal): Promise<unknown> => {
  await delay(delayMs, undefined, { signal: failed }).catch(() => undefined);
  return failed.aborted ? failed.reason : error;
};
