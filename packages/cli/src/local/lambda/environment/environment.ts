import { type ChildProcess, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createOneTimeEvent } from '../../one-time-event.ts';
import { newTraceHeader } from '../../trace-header.ts';
import { latestVersion } from '../function-identifier.ts';
import {
  type ErrorPayload,
  exitReason,
  type FailedInvocation,
  type InvocationRequest,
  type InvocationResult,
  type ProcessExit,
  runtimeExited,
  timedOut,
} from '../invocation.ts';
import {
  environmentVariables,
  type FunctionConfiguration,
  type FunctionCredentials,
} from './environment-variables.ts';
import { createLogTail } from './log-tail.ts';
import {
  failureLine,
  initFailureLine,
  initStartLine,
  platformErrorIn,
  reportLine,
} from './platform-log.ts';
import { type RuntimeApi, startRuntimeApi } from './runtime-api.ts';
import { requireRuntimeClient } from './runtime-client.ts';

/** Lambda's limit on the init phase of an on-demand environment. */
const initSecondsMax = 10;

/**
 * Megabytes of each half of V8's young generation, which otherwise grows to 16 and more. A handler
 * that keeps 20 MB of 3,000 invocations needs 47 MB with it and 188 MB without, in the same time.
 */
const semiSpaceMbMax = 2;

const shim = fileURLToPath(new URL('./ric-shim.cjs', import.meta.url));

export type EnvironmentOptions = {
  readonly configuration: FunctionConfiguration;
  /** The keys of its processes, or a function that issues keys to each. */
  readonly credentials: FunctionCredentials | (() => FunctionCredentials);
  /** Receives every line that the function, and the platform for it, writes. */
  readonly onLog: (line: string) => void;
};

/** One execution environment: a process that initialised, and serves one invocation at a time. */
export interface Environment {
  readonly pid: number;
  /** The access key with which the process signs its requests. */
  readonly accessKeyId: string;
  readonly alive: () => boolean;
  /** A timeout, or the end of the process, is a result, too. The process is not alive after it. */
  readonly invoke: (invocation: InvocationRequest) => Promise<InvocationResult>;
  readonly exited: Promise<ProcessExit>;
  readonly kill: () => void;
}

export type FailedStart = {
  readonly kind: 'failed';
  readonly errorPayload: ErrorPayload;
  readonly logTail: string;
};

/** The result of the init phase. */
export type EnvironmentStart =
  | { readonly kind: 'ready'; readonly environment: Environment }
  | FailedStart;

const spawnRuntime = (
  { configuration }: EnvironmentOptions,
  credentials: FunctionCredentials,
  runtimeApi: Pick<RuntimeApi, 'address' | 'token'>,
): ChildProcess => {
  const client = requireRuntimeClient();
  const heap = [
    `--max-old-space-size=${configuration.memoryMb}`,
    `--max-semi-space-size=${semiSpaceMbMax}`,
  ];
  return spawn(process.execPath, [...heap, '--require', shim, client], {
    cwd: configuration.codeDir,
    env: environmentVariables(configuration, {
      credentials,
      runtimeApi,
      runtimeDir: dirname(client),
    }),
    // The fourth is the lifeline that the shim watches: it closes however the runner ends.
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    // A process group of its own: Ctrl-C reaches the runner alone, which ends its environments in
    // its own order.
    detached: true,
    windowsHide: true,
  });
};

/** The status that a shell gives for a command that cannot be started. */
const notStarted: ProcessExit = { code: 127, signal: null };

const exitOf = (child: ChildProcess, onLog: (line: string) => void): Promise<ProcessExit> =>
  new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
    child.on('error', (error) => {
      // If there is a pid, the error comes from a kill, and the exit follows.
      if (child.pid !== undefined) return;
      onLog(`The function's process cannot be started: ${error.message}`);
      resolve(notStarted);
    });
  });

/** A runtime's process, its side of the Runtime API and its log. */
const launch = async (options: EnvironmentOptions, signal: AbortSignal) => {
  const api = await startRuntimeApi();
  const { credentials: given } = options;
  const credentials = typeof given === 'function' ? given() : given;
  const child = spawnRuntime(options, credentials, api);
  const log = createLogTail(options.onLog);
  for (const stream of [child.stdout, child.stderr]) if (stream) log.read(stream);
  let alive = true;
  /** Calls of `within` under way: each has its own line in the log when the process dies. */
  let underWay = 0;
  const kill = (): void => {
    alive = false;
    child.kill('SIGKILL');
  };
  const died = createOneTimeEvent<FailedInvocation>();
  const exited = exitOf(child, options.onLog);
  // The signal is no option of `spawn`, which leaves its listener behind when a process cannot be
  // started.
  signal.addEventListener('abort', kill);
  if (signal.aborted) kill();
  void exited.then((exit) => {
    if (alive && underWay === 0 && !signal.aborted) {
      const process = `process ${child.pid}`;
      options.onLog(`ERROR ${exitReason(exit)} (${process}): the next invocation starts another`);
    }
    alive = false;
    signal.removeEventListener('abort', kill);
    api.stop();
    died.happen({ kind: 'failed', errorPayload: runtimeExited(exit) });
  });
  return {
    pid: child.pid ?? 0,
    accessKeyId: credentials.accessKeyId,
    api,
    log,
    exited,
    kill,
    alive: () => alive,
    /**
     * The runtime's result, if it comes within the given time. Otherwise the process is ended, if
     * it lives.
     */
    within: async <T>(work: Promise<T>, seconds: number): Promise<T | FailedInvocation> => {
      const first = Promise.withResolvers<T | FailedInvocation>();
      underWay += 1;
      work.then(first.resolve, first.reject);
      const unlisten = died.listen(first.resolve);
      const timer = setTimeout(() => {
        kill();
        first.resolve({ kind: 'failed', errorPayload: timedOut(seconds) });
      }, seconds * 1000);
      try {
        return await first.promise;
      } finally {
        underWay -= 1;
        clearTimeout(timer);
        unlisten();
      }
    },
  };
};

const invokeOn =
  (
    { api, log, within }: Awaited<ReturnType<typeof launch>>,
    { arn, memoryMb, timeoutSeconds, version }: FunctionConfiguration,
    /** Only the report of the first invocation has the init phase. */
    init: { unreportedMs: number | undefined },
  ) =>
  async (invocation: InvocationRequest): Promise<InvocationResult> => {
    const { requestId } = invocation;
    const startedAt = performance.now();
    log.begin(`START RequestId: ${requestId} Version: ${version ?? latestVersion}`);
    const { alias: qualifier = version, ...request } = invocation;
    const sent = api.send({
      ...request,
      functionArn: qualifier === undefined ? arn : `${arn}:${qualifier}`,
      deadlineMs: Date.now() + timeoutSeconds * 1000,
      traceId: invocation.traceHeader ?? newTraceHeader(),
    });
    const reply = await within(sent, timeoutSeconds);
    // The lines that the handler wrote before it answered come through another pipe. This turn of
    // the event loop reads them first.
    await turn();
    const error =
      reply.kind === 'failed' ? platformErrorIn(reply.errorPayload(requestId)) : undefined;
    if (error) log.note(failureLine(error, requestId, new Date()));
    log.note(`END RequestId: ${requestId}`);
    const durationMs = Math.min(performance.now() - startedAt, timeoutSeconds * 1000);
    const report = {
      ...{ requestId, durationMs },
      memoryMb,
      memoryUsedMb: api.memoryMb(),
      initMs: init.unreportedMs,
      error,
    };
    init.unreportedMs = undefined;
    log.note(reportLine(report));
    const logTail = log.text();
    return reply.kind === 'response'
      ? { requestId, logTail, durationMs, payload: reply.payload }
      : {
          ...{ requestId, logTail, durationMs, payload: reply.errorPayload(requestId) },
          functionError: 'Unhandled',
        };
  };

/**
 * Starts an execution environment and waits for the end of its init phase.
 *
 * An init that fails or takes over 10 s ends the process; unlike in AWS, it is not tried again
 * within the first invocation.
 */
export const startEnvironment = async (
  options: EnvironmentOptions,
  signal: AbortSignal,
): Promise<EnvironmentStart> => {
  const launchedAt = performance.now();
  const runtime = await launch(options, signal);
  runtime.log.note(initStartLine(options.configuration.region));
  const { pid, accessKeyId, alive, exited, kill } = runtime;
  const init = await runtime.within(runtime.api.initialized, initSecondsMax);
  if (init.kind === 'failed') {
    kill();
    await exited;
    // The output comes through another pipe. This turn of the event loop reads it first.
    await turn();
    const error = signal.aborted ? undefined : platformErrorIn(init.errorPayload(''));
    if (error) runtime.log.note(initFailureLine(error, performance.now() - launchedAt));
    return { kind: 'failed', errorPayload: init.errorPayload, logTail: runtime.log.text() };
  }
  const initPhase = { unreportedMs: performance.now() - launchedAt };
  const invoke = invokeOn(runtime, options.configuration, initPhase);
  return { kind: 'ready', environment: { pid, accessKeyId, alive, exited, kill, invoke } };
};
