import type { LocalClock } from '../clock.ts';

/** The long polls that wait for a message. They take real time, whatever the speed of the clock. */
export const createPolls = (
  messages: ReadonlyMap<string, { readonly visibleAt: number }>,
  clock: LocalClock,
) => {
  /**
   * Signals of the polls that wait. A signal that all polls share would keep each beyond its wait.
   */
  const waiting = new Set<AbortController>();

  const wake = (): void => {
    for (const poll of waiting) poll.abort();
  };

  /** Waits in real time, until a message may have become visible. */
  const pause = async (msMax: number, signal: AbortSignal | undefined): Promise<void> => {
    const now = clock.now();
    let next = msMax;
    // A message that is visible waits for others of its group. Their end wakes the poll.
    for (const { visibleAt } of messages.values()) {
      if (visibleAt > now) next = Math.min(next, visibleAt - now);
    }
    const ms = Math.max(1, next);
    const poll = new AbortController();
    const end = () => poll.abort();
    waiting.add(poll);
    signal?.addEventListener('abort', end, { once: true });
    await clock
      .sleep(ms * clock.speed, poll.signal)
      .catch((error: unknown) => {
        if (!poll.signal.aborted) throw error;
      })
      .finally(() => {
        waiting.delete(poll);
        signal?.removeEventListener('abort', end);
      });
  };

  let stopped = false;
  const stop = (): void => {
    stopped = true;
    wake();
  };

  return { wake, pause, stop, isStopped: () => stopped };
};
