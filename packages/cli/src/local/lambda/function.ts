import { randomUUID } from 'node:crypto';
import type { LocalClock } from '../clock.ts';
import { noOutage, type Outage } from '../outage.ts';
import { type AsyncConfiguration, createAsyncQueue } from './async-queue.ts';
import type { SendToDestination } from './async-result.ts';
import { createEnvironmentPool } from './environment/environment-pool.ts';
import {
  type FunctionConfiguration,
  type FunctionCredentials,
  refuseReservedVariables,
} from './environment/environment-variables.ts';
import type { ProcessBudget } from './environment/process-budget.ts';
import { createReplaceablePool } from './environment/replaceable-pool.ts';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import { latestVersion } from './function-identifier.ts';
import type { InvocationRequest, InvocationResult } from './invocation.ts';

/** The properties of a function in its template that its process does not need. */
export type TemplateConfiguration = {
  readonly roleArn: string;
  /** `x86_64` or `arm64`; the processes run on that of this machine. */
  readonly architecture?: string | undefined;
  readonly description?: string | undefined;
  readonly deadLetterArn?: string | undefined;
  /** Megabytes for temporary files; nothing limits them here. */
  readonly ephemeralStorageMb?: number | undefined;
  readonly tracingMode?: string | undefined;
  /** `LoggingConfig` as it is. */
  readonly logging?: Readonly<Record<string, unknown>> | undefined;
};

export type LocalFunctionOptions = FunctionConfiguration & {
  /** Invocations at a time above which Lambda throttles; 0 switches the function off. */
  readonly reservedConcurrency?: number | undefined;
  /**
   * Processes at a time on this machine, if fewer than the budget has. Further invocations wait.
   */
  readonly concurrencyMax?: number | undefined;
  /** The processes that all functions of a stack share; one of the function's own unless given. */
  readonly processBudget?: ProcessBudget | undefined;
  /** While it lasts the function runs nothing, and its asynchronous invocations wait. */
  readonly outage?: Outage | undefined;
  readonly asyncConfig?: AsyncConfiguration | undefined;
  /** `GetFunction` and `GetFunctionConfiguration` answer with it. */
  readonly template?: TemplateConfiguration | undefined;
  readonly clock: LocalClock;
  /** The keys of its processes, or a function that issues keys to each. */
  readonly credentials: FunctionCredentials | (() => FunctionCredentials);
  /** Sends the records and dead letters of asynchronous invocations. */
  readonly sendToDestination: SendToDestination;
  /** Receives each line that the function writes, and the platform's own notes. */
  readonly onLog?: ((line: string) => void) | undefined;
  /** Receives the result of each attempt, synchronous or asynchronous, and the version that ran. */
  readonly onResult?:
    | ((invocation: InvocationRequest, result: InvocationResult, version: string) => void)
    | undefined;
};

/** The settings of a function that may change while it runs. */
export type FunctionSettings = Omit<FunctionConfiguration, 'localEnvironment'> &
  Pick<LocalFunctionOptions, 'asyncConfig' | 'reservedConcurrency' | 'template'>;

/**
 * A function as Lambda runs it: its bundle, in processes of its own, behind the platform's rules.
 */
export interface LocalFunction {
  readonly configuration: FunctionConfiguration &
    Pick<LocalFunctionOptions, 'reservedConcurrency' | 'template'> & {
      /** Milliseconds since the epoch. */
      readonly createdAt: number;
    };
  /**
   * Invokes the function with a JSON text and waits for its result; an error of the function is a
   * result.
   *
   * @throws {FunctionThrottled} above the reserved concurrency.
   * @throws {FunctionStopped} when the function is stopped before the invocation has a result.
   * @throws {SyntaxError} when the client context is not JSON.
   */
  readonly invoke: (
    payload: string,
    options?: Pick<InvocationRequest, 'clientContext' | 'traceHeader' | 'alias'>,
  ) => Promise<InvocationResult>;
  /**
   * Accepts a JSON text for an asynchronous invocation, with Lambda's retries; returns its request
   * id.
   *
   * @throws {FunctionStopped} after the stop.
   */
  readonly enqueue: (payload: string, options?: Pick<InvocationRequest, 'traceHeader'>) => string;
  /**
   * Runs later invocations on the code in another folder; those that were accepted before end on
   * the old one.
   *
   * @returns when no process of the old code is left.
   */
  readonly replaceCode: (codeDir: string) => Promise<void>;
  /**
   * Runs later invocations with other settings and code; those that were accepted before end as
   * they began.
   *
   * @returns when no process of the old settings is left.
   */
  readonly reconfigure: (settings: FunctionSettings) => Promise<void>;
  /** Starts an environment ahead of the first invocation. */
  readonly warmUp: () => Promise<void>;
  /** Resolves once no invocation is under way or queued, retries included. */
  readonly idle: () => Promise<void>;
  /** Process ids of the execution environments. */
  readonly environments: () => readonly number[];
  /** Whether one of its processes signs with an access key. */
  readonly hasProcess: (accessKeyId: string) => boolean;
  /** Kills the process that signs with an access key, as a crash would. */
  readonly crash: (accessKeyId: string) => void;
  /**
   * Kills every process, in the middle of its invocation too, as when a Region is lost. Synchronous
   * invocations fail with `FunctionStopped`, asynchronous ones are run again.
   */
  readonly interrupt: () => Promise<void>;
  /** Ends every process, and drops the events that wait in the queues. */
  readonly stop: () => Promise<void>;
}

const createActivity = () => {
  const active = new Set<Promise<unknown>>();
  return {
    track: <T>(work: Promise<T>): Promise<T> => {
      const end = () => active.delete(work);
      active.add(work);
      work.then(end, end);
      return work;
    },
    idle: async (): Promise<void> => {
      while (active.size > 0) await Promise.allSettled(active);
    },
  };
};

/**
 * Runs a function from its bundle, in child processes under AWS's own runtime client.
 *
 * @throws {Error} when the environment sets a variable that Lambda reserves.
 *
 * @example
 * const options = { name: 'antipode-ledger-api', codeDir, handler: 'index.handler', … };
 * const ledgerApi = createLocalFunction(options);
 * const { payload, functionError } = await ledgerApi.invoke('{"operation":"read"}');
 */
export const createLocalFunction = (options: LocalFunctionOptions): LocalFunction => {
  const { clock, credentials, sendToDestination, processBudget: budget, ...rest } = options;
  const { concurrencyMax, outage = noOutage, onLog = () => {}, onResult, ...described } = rest;
  let settings = described;
  refuseReservedVariables(settings);
  const createdAt = clock.now();
  const configurationOf = (codeDir: string) => {
    const { asyncConfig: _async, reservedConcurrency: _reserved, template: _, ...own } = settings;
    return { ...own, codeDir };
  };
  const pool = createReplaceablePool(settings.codeDir, (codeDir) =>
    createEnvironmentPool({
      configuration: configurationOf(codeDir),
      credentials,
      onLog,
      processesMax: concurrencyMax,
      budget,
    }),
  );
  const activity = createActivity();
  let underWay = 0;

  const run = async (invocation: InvocationRequest): Promise<InvocationResult> => {
    if (outage.lasts()) throw new FunctionStopped();
    const { reservedConcurrency } = settings;
    if (reservedConcurrency !== undefined && underWay >= reservedConcurrency) {
      throw new FunctionThrottled(reservedConcurrency);
    }
    underWay += 1;
    try {
      const result = await pool.run(invocation);
      onResult?.(invocation, result, settings.version ?? latestVersion);
      return result;
    } finally {
      underWay -= 1;
    }
  };

  const events = createAsyncQueue({
    functionArn: settings.arn,
    invoke: run,
    configuration: () => settings.asyncConfig ?? {},
    clock,
    sendToDestination,
    onLog,
    outage,
  });

  return {
    get configuration() {
      const { reservedConcurrency, template } = settings;
      return { ...configurationOf(pool.codeDir()), reservedConcurrency, template, createdAt };
    },
    invoke: (payload, options = {}) =>
      activity.track(run({ ...options, requestId: randomUUID(), payload })),
    enqueue: (payload, { traceHeader } = {}) => {
      const { requestId, done } = events.enqueue(payload, traceHeader);
      void activity.track(done);
      return requestId;
    },
    replaceCode: pool.replaceCode,
    reconfigure: async (changed) => {
      refuseReservedVariables({ ...settings, ...changed });
      settings = { ...settings, ...changed };
      await pool.replaceCode(changed.codeDir);
    },
    warmUp: async () => {
      if (!outage.lasts()) await pool.warmUp();
    },
    hasProcess: pool.hasProcess,
    crash: pool.crash,
    interrupt: pool.interrupt,
    idle: activity.idle,
    environments: pool.pids,
    stop: async () => {
      events.stop();
      await pool.stop();
    },
  };
};
