import { FunctionStopped } from '../errors.ts';
import type { InvocationRequest, InvocationResult } from '../invocation.ts';
import type { Environment, FailedStart } from './environment.ts';
import { createEnvironmentStarter, type EnvironmentStarterOptions } from './environment-starter.ts';
import { createIdleEnvironments } from './idle-environments.ts';

/** The execution environments of one function. */
export interface EnvironmentPool {
  /**
   * Runs an invocation on the environment that was used last, on a new one, or on the first that
   * gets free.
   *
   * @throws {FunctionStopped} when the pool is stopped before the invocation has a result.
   */
  readonly run: (invocation: InvocationRequest) => Promise<InvocationResult>;
  /**
   * Starts one environment ahead of time, if there is none. The next invocation reports a start
   * that fails.
   */
  readonly warmUp: () => Promise<void>;
  /** Process ids of the environments that are ready. */
  readonly pids: () => readonly number[];
  /** Whether one of the processes signs with an access key. */
  readonly hasProcess: (accessKeyId: string) => boolean;
  /** Kills the process that signs with an access key, as a crash would. */
  readonly crash: (accessKeyId: string) => void;
  /** Ends every process and waits until it has exited. */
  readonly stop: () => Promise<void>;
}

type Waiter = PromiseWithResolvers<InvocationResult> & {
  readonly invocation: InvocationRequest;
  readonly since: number;
};

export const createEnvironmentPool = (options: EnvironmentStarterOptions): EnvironmentPool => {
  const waiting: Waiter[] = [];

  const offer = (environment: Environment): void => {
    const waiter = waiting.shift();
    if (waiter) void serve(environment, waiter);
    else idle.put(environment);
  };

  /**
   * Fails the invocation that has waited longest, because AWS would have started the environment
   * for it.
   */
  const failNext = ({ errorPayload, logTail }: FailedStart): void => {
    const waiter = waiting.shift();
    if (!waiter) return;
    const { requestId } = waiter.invocation;
    waiter.resolve({
      requestId,
      logTail,
      payload: errorPayload(requestId),
      functionError: 'Unhandled',
    });
  };

  const starter = createEnvironmentStarter(options, {
    waiting,
    onReady: offer,
    onFailed: failNext,
    onError: (error) => waiting.shift()?.reject(error),
    idleMs: () => idle.longestMs(),
    endIdle: () => idle.endLongest(),
  });
  const idle = createIdleEnvironments(starter.end);

  const serve = async (environment: Environment, waiter: Waiter): Promise<void> => {
    try {
      const result = await environment.invoke(waiter.invocation);
      // The stop has ended the process of the environment, so this is no error of the function.
      if (starter.isStopping() && result.functionError) waiter.reject(new FunctionStopped());
      else waiter.resolve(result);
    } catch (error) {
      // The invocation could not be handed over completely, and the runtime may have a part of it.
      environment.kill();
      waiter.reject(error);
    }
    if (!environment.alive()) return;
    if (starter.keeps()) offer(environment);
    else starter.end(environment);
    starter.startWanted();
  };

  const processWith = (accessKeyId: string): Environment | undefined =>
    [...starter.ready].find((one) => one.accessKeyId === accessKeyId);

  return {
    run: (invocation) => {
      if (starter.isStopping()) return Promise.reject(new FunctionStopped());
      const since = performance.now();
      const waiter = { ...Promise.withResolvers<InvocationResult>(), invocation, since };
      const environment = idle.take();
      if (environment) {
        void serve(environment, waiter);
      } else {
        waiting.push(waiter);
        starter.startWanted();
      }
      return waiter.promise;
    },
    warmUp: starter.warmUp,
    pids: () => [...starter.ready].map(({ pid }) => pid),
    hasProcess: (accessKeyId) => processWith(accessKeyId) !== undefined,
    crash: (accessKeyId) => {
      const found = processWith(accessKeyId);
      if (found?.alive()) process.kill(found.pid, 'SIGKILL');
    },
    stop: async () => {
      const stopped = starter.stop();
      for (const { reject } of waiting.splice(0)) reject(new FunctionStopped());
      await stopped;
    },
  };
};
