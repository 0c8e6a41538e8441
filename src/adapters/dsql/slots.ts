import { type Clock, Unavailable } from '../../domain/kernel/index.ts';

/** Room for a number of pieces of work at once; who finds none waits in turn. */
export interface Slots {
  /**
   * @param deadline milliseconds since the epoch
   * @throws {Unavailable} when none became free by then
   * @throws the signal's reason
   */
  readonly acquire: (deadline: number, signal?: AbortSignal) => Promise<void>;
  readonly release: () => void;
}

/** A timer cannot be longer; Node would end it at once. Milliseconds. */
const timerMsMax = 2 ** 31 - 1;

export const createSlots = (size: number, clock: Pick<Clock, 'now'>): Slots => {
  const waiting: (() => void)[] = [];
  let taken = 0;

  const wait = async (deadline: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (reason: unknown): void => {
      const place = waiting.indexOf(resolve);
      if (place < 0) return;
      waiting.splice(place, 1);
      reject(reason);
    };
    const aborted = () => leave(signal?.reason);
    waiting.push(resolve);
    signal?.addEventListener('abort', aborted);
    const timer = setTimeout(
      () => leave(new Unavailable('No connection became free in time')),
      Math.min(Math.max(0, deadline - clock.now()), timerMsMax),
    );
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    }
  };

  return {
    acquire: async (deadline, signal) => {
      signal?.throwIfAborted();
      if (taken >= size) await wait(deadline, signal);
      else taken += 1;
    },
    release: () => {
      // A slot passes straight from who releases it to who waits, so `taken` does not change.
      const next = waiting.shift();
      if (next) next();
      else taken -= 1;
    },
  };
};
