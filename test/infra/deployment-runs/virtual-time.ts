/** Time that passes only when everybody waits. */
export interface VirtualTime {
  /** Milliseconds since the start. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Stops the time while somebody waits for this machine, such as for a file; ends that. */
  readonly hold: () => () => void;
}

/**
 * The result of `work`, or of `late` once `ms` have passed. `work` goes on then, and nobody hears
 * of it.
 */
export const within = <T>(ms: number, work: Promise<T>, late: () => T): Promise<T> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error);
      }
    }, ms);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

/** Lets everybody run who is awake: no promise is left that has settled. */
const everybodyAsleep = () => new Promise<void>((resolve) => setImmediate(resolve));

type Timer = { readonly at: number; readonly number: number; readonly run: () => void };

/** Work that waits for something that never comes, or does not end in its time. */
export class Hang extends Error {
  override readonly name = 'Hang';
}

/**
 * Runs `work` on virtual time. The global timers are those of this time meanwhile, because the
 * handlers set them; code that sets none of them sees no difference.
 *
 * @throws {Hang} when `work` waits for ever, or longer than `msMax`
 */
export const onVirtualTime = async <T>(
  msMax: number,
  work: (time: VirtualTime) => Promise<T>,
): Promise<T> => {
  const { setTimeout: realSetTimeout, clearTimeout: realClearTimeout } = globalThis;
  /** The soonest last; those of one moment in the order in which they were set. */
  const timers: Timer[] = [];
  let now = 0;
  let count = 0;
  let holds = 0;
  const set = (run: () => void, ms = 0): number => {
    count += 1;
    const at = now + Math.max(0, ms);
    let place = timers.length;
    while (place > 0 && (timers[place - 1]?.at ?? 0) <= at) place -= 1;
    timers.splice(place, 0, { at, number: count, run });
    return count;
  };
  const time: VirtualTime = {
    now: () => now,
    sleep: (ms) => new Promise((resolve) => void set(resolve, ms)),
    hold: () => {
      holds += 1;
      return () => {
        holds -= 1;
      };
    },
  };
  const clear = (number: number | undefined): void => {
    const place = timers.findIndex((timer) => timer.number === number);
    if (place >= 0) timers.splice(place, 1);
  };
  Object.assign(globalThis, {
    setTimeout: set,
    clearTimeout: clear,
  });
  try {
    let outcome: PromiseSettledResult<T> | undefined;
    work(time).then(
      (value) => {
        outcome = { status: 'fulfilled', value };
      },
      (reason: unknown) => {
        outcome = { status: 'rejected', reason };
      },
    );
    for (;;) {
      do await everybodyAsleep();
      while (holds > 0);
      if (outcome?.status === 'fulfilled') return outcome.value;
      if (outcome?.status === 'rejected') throw outcome.reason;
      const timer = timers.pop();
      if (timer === undefined) throw new Hang('It waits for something that never comes');
      if (timer.at > msMax) throw new Hang(`It is not done after ${msMax / 60_000} minutes`);
      now = timer.at;
      timer.run();
    }
  } finally {
    Object.assign(globalThis, {
      setTimeout: realSetTimeout,
      clearTimeout: realClearTimeout,
    });
  }
};
