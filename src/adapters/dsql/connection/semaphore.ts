import { type Cancellation, type Clock, Unavailable } from '../../../domain/kernel/index.ts';

/** A semaphore: a number of slots for concurrent work. Work without a slot waits in turn. */
export interface Semaphore {
  /**
   * @param deadline milliseconds since the epoch
   * @throws {Unavailable} when no slot became free by then, or the signal was aborted
   */
  readonly acquire: (deadline: number, signal?: Cancellation) => Promise<void>;
  readonly release: () => void;
}

/** The longest timer of Node, which ends a longer one at once. Milliseconds. */
export const timerMsMax = 2 ** 31 - 1;

/** The fault of work whose signal was aborted before anything was sent. */
export const aborted = () => new Unavailable('Aborted before a connection was free');

export const createSemaphore = (size: number, clock: Pick<Clock, 'now'>): Semaphore => {
  const waiting: (() => void)[] = [];
  let taken = 0;

  const wait = async (deadline: number, signal?: Cancellation): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: Unavailable): void => {
      const place = waiting.indexOf(resolve);
      if (place < 0) return;
      waiting.splice(place, 1);
      reject(reason);
    };
    const giveUp = () => leave(aborted());
    waiting.push(resolve);
    signal?.addEventListener('abort', giveUp);
    const timer = setTimeout(
      () => leave(new Unavailable('No connection became free in time')),
      Math.min(Math.max(0, deadline - clock.now()), timerMsMax),
    );
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  };

  return {
    acquire: async (deadline, signal) => {
      if (signal?.aborted) throw aborted();
      if (taken >= size) await wait(deadline, signal);
      else taken += 1;
    },
    release: () => {
      // A released slot goes to the first that waits, so `taken` does not change.
      const next = waiting.shift();
      if (next) next();
      else taken -= 1;
    },
  };
};
