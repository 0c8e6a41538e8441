import type { Environment } from './environment.ts';

/**
 * Milliseconds after which an idle environment ends. AWS ends one after some minutes, and publishes
 * no number.
 */
const idleMsMax = 5 * 60 * 1000;

type Idle = {
  readonly environment: Environment;
  readonly since: number;
  readonly reaper: NodeJS.Timeout;
};

/** The environments of a function that have nothing to do. */
export interface IdleEnvironments {
  readonly put: (environment: Environment) => void;
  /** Takes the environment that became idle last, so that the others stay idle and end. */
  readonly take: () => Environment | undefined;
  /** For how long the first of them has been idle, in milliseconds; nothing when there is none. */
  readonly longestMs: () => number | undefined;
  readonly endLongest: () => void;
}

/** @param end ends an environment that was idle for too long */
export const createIdleEnvironments = (
  end: (environment: Environment) => void,
): IdleEnvironments => {
  const idle: Idle[] = [];
  const leave = (one: Idle | undefined): Environment | undefined => {
    clearTimeout(one?.reaper);
    return one?.environment;
  };
  return {
    put: (environment) => {
      const reaper = setTimeout(end, idleMsMax, environment).unref();
      idle.push({ environment, since: performance.now(), reaper });
    },
    take: () => {
      for (let last = leave(idle.pop()); last; last = leave(idle.pop())) {
        if (last.alive()) return last;
      }
      return undefined;
    },
    longestMs: () => {
      const longest = idle.find(({ environment }) => environment.alive());
      return longest && performance.now() - longest.since;
    },
    endLongest: () => {
      const at = idle.findIndex(({ environment }) => environment.alive());
      const longest = at < 0 ? undefined : leave(idle.splice(at, 1)[0]);
      if (longest) end(longest);
    },
  };
};
