import { setMaxListeners } from 'node:events';
import { availableParallelism } from 'node:os';
import {
  type Environment,
  type EnvironmentOptions,
  type FailedStart,
  startEnvironment,
} from './environment.ts';
import { FunctionStopped } from './errors.ts';
import type { Invocation, InvocationResult } from './invocation.ts';

/** As AWS does after some minutes (it publishes no number); each costs about 50 MB and a connection. */
const idleMsMax = 5 * 60 * 1000;

/** Starting a process is work for a processor: more at a time only makes the first one ready later. */
const startsMax = availableParallelism();

/** The execution environments of one function. */
export interface EnvironmentPool {
  /**
   * Runs an invocation on the environment that was used last, on a new one, or on the first that gets free.
   *
   * @throws {FunctionStopped} when the pool is stopped before the invocation has a result.
   */
  readonly run: (invocation: Invocation) => Promise<InvocationResult>;
  /** Starts one environment ahead of time, if there is none; what fails in it shows at the next invocation. */
  readonly warmUp: () => Promise<void>;
  /** Process ids of the environments that are ready. */
  readonly pids: () => readonly number[];
  /** Ends every process and waits until it has exited. */
  readonly stop: () => Promise<void>;
}

type Waiter = PromiseWithResolvers<InvocationResult> & { readonly invocation: Invocation };

export const createEnvironmentPool = (
  options: EnvironmentOptions & {
    /** How many processes run at most; further invocations wait. */
    readonly processesMax: number;
  },
): EnvironmentPool => {
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const ready = new Set<Environment>();
  const starting = new Set<Promise<void>>();
  const waiting: Waiter[] = [];
  /** The last in is the first out. */
  const idle: { readonly environment: Environment; readonly reaper: NodeJS.Timeout }[] = [];

  const takeIdle = (): Environment | undefined => {
    for (let last = idle.pop(); last; last = idle.pop()) {
      clearTimeout(last.reaper);
      if (last.environment.alive()) return last.environment;
    }
    return undefined;
  };

  const offer = (environment: Environment): void => {
    const waiter = waiting.shift();
    if (waiter) void serve(environment, waiter);
    else idle.push({ environment, reaper: setTimeout(environment.kill, idleMsMax).unref() });
  };

  const serve = async (environment: Environment, waiter: Waiter): Promise<void> => {
    try {
      const result = await environment.invoke(waiter.invocation);
      // The stop ended its process: that is no error of the function.
      if (stopping.signal.aborted && result.functionError) waiter.reject(new FunctionStopped());
      else waiter.resolve(result);
    } catch (error) {
      // It could not be handed over, and nobody knows what the runtime has of it.
      environment.kill();
      waiter.reject(error);
    }
    if (environment.alive()) offer(environment);
  };

  const start = async (): Promise<void> => {
    const started = await startEnvironment(options, stopping.signal);
    if (started.kind === 'failed') return failNext(started);
    const { environment } = started;
    ready.add(environment);
    void environment.exited.then(() => {
      ready.delete(environment);
      startWanted();
    });
    offer(environment);
  };

  /** Whoever waits longest is told, as in AWS the invocation whose environment it would have been. */
  const failNext = ({ fault, logTail }: FailedStart): void => {
    const waiter = waiting.shift();
    if (!waiter) return;
    const { requestId } = waiter.invocation;
    waiter.resolve({ requestId, logTail, payload: fault(requestId), functionError: 'Unhandled' });
  };

  const track = (): Promise<void> => {
    const one = start()
      .catch((error: unknown) => waiting.shift()?.reject(error))
      .finally(() => {
        starting.delete(one);
        startWanted();
      });
    starting.add(one);
    return one;
  };

  const startWanted = (): void => {
    const room = Math.min(startsMax, options.processesMax - ready.size);
    while (!stopping.signal.aborted && starting.size < Math.min(room, waiting.length)) void track();
  };

  return {
    run: (invocation) => {
      if (stopping.signal.aborted) return Promise.reject(new FunctionStopped());
      const waiter = { ...Promise.withResolvers<InvocationResult>(), invocation };
      const environment = takeIdle();
      if (environment) {
        void serve(environment, waiter);
      } else {
        waiting.push(waiter);
        startWanted();
      }
      return waiter.promise;
    },
    warmUp: async () => {
      if (ready.size === 0) await (starting.values().next().value ?? track());
    },
    pids: () => [...ready].map(({ pid }) => pid),
    stop: async () => {
      stopping.abort();
      for (const { reject } of waiting.splice(0)) reject(new FunctionStopped());
      await Promise.all([...starting, ...[...ready].map(({ exited }) => exited)]);
    },
  };
};
