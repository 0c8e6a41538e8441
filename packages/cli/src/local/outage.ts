import { createOneTimeEvent, type OneTimeEvent } from './one-time-event.ts';

/** Whether a Region is stopped. Everything in it that acts by itself asks before it does. */
export interface Outage {
  readonly lasts: () => boolean;
  /** Waits until the Region runs again, or the signal aborts. */
  readonly untilOver: (signal: AbortSignal) => Promise<void>;
}

/** An outage that its Region's owner begins and ends. */
export interface SwitchedOutage extends Outage {
  readonly begin: () => void;
  readonly end: () => void;
  /**
   * Calls back once the Region is stopped, in a later turn if it is; the function that is returned
   * ends the wait.
   */
  readonly onBegin: (callback: () => void) => () => void;
}

/** Never begins. */
export const noOutage: Outage = { lasts: () => false, untilOver: () => Promise.resolve() };

export const createOutage = (): SwitchedOutage => {
  let begun: OneTimeEvent<void> = createOneTimeEvent();
  let over: OneTimeEvent<void> | undefined;
  return {
    lasts: () => over !== undefined,
    untilOver: (signal) =>
      new Promise((resolve) => {
        if (!over || signal.aborted) return resolve();
        const done = (): void => {
          unlisten();
          signal.removeEventListener('abort', done);
          resolve();
        };
        const unlisten = over.listen(done);
        signal.addEventListener('abort', done);
      }),
    begin: () => {
      over ??= createOneTimeEvent();
      begun.happen();
    },
    end: () => {
      begun = createOneTimeEvent();
      over?.happen();
      over = undefined;
    },
    onBegin: (callback) => begun.listen(callback),
  };
};
