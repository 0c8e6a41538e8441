import { setTimeout as delay } from 'node:timers/promises';

/** The writes of a client during a deployment. */
export type Writes = {
  readonly written: number;
  /** The reason of each write that failed. */
  readonly failures: readonly string[];
};

/** A client that keeps writing. */
export interface Writer {
  /** Ends after the write that is under way. */
  readonly stop: () => Promise<Writes>;
}

/** Between two writes: a client that leaves the processor to the deployment. Milliseconds. */
const pauseMs = 100;

/**
 * Writes one after the other until it is stopped, without a retry: each failure is one that a
 * client has seen.
 *
 * @param write rejects with the reason of a failure
 */
export const keepWriting = (write: (at: number) => Promise<unknown>): Writer => {
  const over = new AbortController();
  const failures: string[] = [];
  let written = 0;
  const run = async (): Promise<void> => {
    for (let at = 0; !over.signal.aborted; at += 1) {
      try {
        await write(at);
        written += 1;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      await delay(pauseMs);
    }
  };
  const running = run();
  return {
    stop: async () => {
      over.abort();
      await running;
      return { written, failures };
    },
  };
};
