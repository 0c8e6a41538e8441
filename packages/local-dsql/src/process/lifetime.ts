/** Something that was started and has an end. */
export type Stoppable = { readonly stop: () => Promise<void> | void };

/** Parts that were started together and end together, in reverse order. */
export interface Lifetime {
  /**
   * Takes charge of something whose start may still be under way.
   *
   * @param name tells a person what takes long to end
   * @throws {Error} after the end, when it has stopped what came too late.
   */
  readonly own: <T extends Stoppable>(starting: Promise<T> | T, name: string) => Promise<T>;
  /** Stops everything, the last first; every call waits for the same end. */
  readonly stop: () => Promise<void>;
}

/** Milliseconds after which the person is told which part takes long to end. */
const slowEndMs = 2_000;

/** @param onSlowEnd receives the name of a part that takes long to end */
export const createLifetime = (onSlowEnd: (name: string) => void = () => undefined): Lifetime => {
  const owned: { readonly starting: Promise<Stoppable | undefined>; readonly name: string }[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let last = owned.pop(); last; last = owned.pop()) {
      const { starting, name } = last;
      const slow = setTimeout(onSlowEnd, slowEndMs, name);
      try {
        const started = await starting;
        await started?.stop();
      } catch (error) {
        failures.push(error);
      } finally {
        clearTimeout(slow);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped cleanly');
  };
  return {
    own: async (starting, name) => {
      const started = Promise.resolve(starting);
      if (stopping !== undefined) {
        await (await started).stop();
        throw new Error('the stack has ended');
      }
      // The caller gets the error of a failed start. The end ignores it.
      owned.push({ starting: started.catch(() => undefined), name });
      return started;
    },
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
};
