import { setTimeout as delay } from 'node:timers/promises';
import { unlessAborted } from 'antipode-local-dsql/process';

/** Changed source files that no synthesis has taken up yet. */
export interface SourceChanges {
  readonly add: (path: string) => void;
  /**
   * Waits for a change, and until no more of them come; returns the paths, each once.
   *
   * @throws the reason of the signal when it aborts.
   */
  readonly take: (signal: AbortSignal) => Promise<readonly string[]>;
}

/**
 * Milliseconds without a further change. An editor that saves several files, or a formatter, takes
 * less.
 */
const quietMs = 200;

export const createSourceChanges = (): SourceChanges => {
  const paths = new Set<string>();
  let changed = Promise.withResolvers<void>();
  return {
    add: (path) => {
      paths.add(path);
      changed.resolve();
    },
    take: async (signal) => {
      await unlessAborted(signal, changed.promise);
      for (let seen = -1; seen !== paths.size; ) {
        seen = paths.size;
        await delay(quietMs, undefined, { signal });
      }
      changed = Promise.withResolvers();
      const taken = [...paths];
      paths.clear();
      return taken;
    },
  };
};
