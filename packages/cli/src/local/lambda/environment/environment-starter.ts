import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import {
  type Environment,
  type EnvironmentOptions,
  type FailedStart,
  startEnvironment,
} from './environment.ts';
import { createProcessBudget, type ProcessBudget } from './process-budget.ts';

/**
 * Processes that start at the same time at most. Each start takes a processor, so more of them
 * would only delay the first.
 */
const startsMax = availableParallelism();

export type EnvironmentStarterOptions = EnvironmentOptions & {
  /** How many processes run at most, whatever the budget has; further invocations wait. */
  readonly processesMax?: number | undefined;
  /** Shared with other functions; one of its own unless given. */
  readonly budget?: ProcessBudget | undefined;
};

/** The invocations that wait for a process, and the processes that have nothing to do. */
export type EnvironmentDemand = {
  /** When each invocation that waits began to, the first one first. */
  readonly waiting: readonly { readonly since: number }[];
  readonly onReady: (environment: Environment) => void;
  readonly onFailed: (started: FailedStart) => void;
  readonly onError: (error: unknown) => void;
  readonly idleMs: () => number | undefined;
  readonly endIdle: () => void;
};

/** Starts and ends the environments of one function, within its budget. */
export interface EnvironmentStarter {
  readonly ready: ReadonlySet<Environment>;
  /** Starts as many as invocations wait for, and the budget has room for. */
  readonly startWanted: () => void;
  /** Starts one if there is none. */
  readonly warmUp: () => Promise<void>;
  /** Whether an environment that has ended an invocation may take another one. */
  readonly keeps: () => boolean;
  readonly end: (environment: Environment) => void;
  readonly isStopping: () => boolean;
  /** Ends every process and waits until it has exited. */
  readonly stop: () => Promise<void>;
}

export const createEnvironmentStarter = (
  options: EnvironmentStarterOptions,
  demand: EnvironmentDemand,
): EnvironmentStarter => {
  const { processesMax = Number.POSITIVE_INFINITY, budget = createProcessBudget() } = options;
  const { waiting, onReady, onFailed, onError, idleMs, endIdle } = demand;
  const stopping = new AbortController();
  // The signal has one listener for each process. It is removed when the process exits.
  setMaxListeners(0, stopping.signal);
  const ready = new Set<Environment>();
  const starting = new Set<Promise<void>>();
  /** The environments that were told to end and have not ended yet. */
  const ending = new Set<Environment>();

  const start = async (): Promise<void> => {
    const started = await startEnvironment(options, stopping.signal).catch((error: unknown) => {
      share.release('died');
      throw error;
    });
    if (started.kind === 'failed') {
      onFailed(started);
      return share.release('died');
    }
    const { environment } = started;
    ready.add(environment);
    void environment.exited.then(() => {
      ready.delete(environment);
      share.release(ending.delete(environment) ? 'ended' : 'died');
    });
    onReady(environment);
  };

  const track = (): Promise<void> => {
    const one = start()
      .catch(onError)
      .finally(() => {
        starting.delete(one);
        startWanted();
      });
    starting.add(one);
    return one;
  };

  /** Whether one more may be started for an invocation that waits. */
  const isWanted = (): boolean => {
    const room = Math.min(startsMax, processesMax - ready.size);
    return !stopping.signal.aborted && starting.size < Math.min(room, waiting.length);
  };
  const startWanted = (): void => {
    while (isWanted() && share.take()) void track();
  };

  const share = budget.join({
    waitingMs: () => (isWanted() ? performance.now() - (waiting[0]?.since ?? 0) : undefined),
    isStarting: () => starting.size > 0,
    idleMs,
    endIdle,
    grow: startWanted,
  });

  return {
    ready,
    startWanted,
    keeps: share.keeps,
    warmUp: async () => {
      if (ready.size > 0) return;
      const [first] = starting;
      if (first) await first;
      else if (share.take()) await track();
    },
    end: (environment) => {
      if (!environment.alive()) return;
      ending.add(environment);
      share.ending();
      environment.kill();
    },
    isStopping: () => stopping.signal.aborted,
    stop: async () => {
      stopping.abort();
      // An environment may still become ready: its request came before the stop and is read only
      // now.
      await Promise.all(starting);
      await Promise.all([...ready].map(({ exited }) => exited));
      share.leave();
    },
  };
};
