/** Something that was started and has an end. */
export type Stoppable = { readonly stop: () => Promise<void> | void };

/** What was started together and ends together, in reverse order. */
export interface Lifetime {
  /**
   * Takes charge of something whose start may still be under way.
   *
   * @throws {Error} after the end, when it has stopped what came too late.
   */
  readonly own: <T extends Stoppable>(starting: Promise<T> | T) => Promise<T>;
  /** Stops everything, the last first; every call waits for the same end. */
  readonly stop: () => Promise<void>;
}

export const createLifetime = (): Lifetime => {
  const owned: Promise<Stoppable | undefined>[] = [];
  let stopping: Promise<void> | undefined;
  const stopAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (let starting = owned.pop(); starting; starting = owned.pop()) {
      try {
        const started = await starting;
        await started?.stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything stopped cleanly');
  };
  return {
    own: async (starting) => {
      const started = Promise.resolve(starting);
      if (stopping !== undefined) {
        await (await started).stop();
        throw new Error('the stack has ended');
      }
      // Whoever asked for it hears of a failed start; the end has nothing to do with it.
      owned.push(started.catch(() => undefined));
      return started;
    },
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
  };
};
