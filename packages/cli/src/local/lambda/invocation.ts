/** One event on its way to a function. */
export type InvocationRequest = {
  readonly requestId: string;
  /** JSON text. */
  readonly payload: string;
  /** JSON text, as the caller sent it in `X-Amz-Client-Context` (there in base64). */
  readonly clientContext?: string | undefined;
  /** X-Ray header of the caller; a new one unless given. */
  readonly traceHeader?: string | undefined;
  /** The alias by which the caller has named the function. */
  readonly alias?: string | undefined;
};

/** The result of an invocation. A function's error is a result too, as it is in AWS. */
export type InvocationResult = {
  readonly requestId: string;
  /** JSON text of the value that the handler returned, or of the error. */
  readonly payload: string;
  /** Present when the payload is an error. Lambda knows no other value for today's runtimes. */
  readonly functionError?: 'Unhandled';
  /** The end of what the invocation logged, at most 4 KB. */
  readonly logTail: string;
  /** Milliseconds without the init phase; absent where that has failed. */
  readonly durationMs?: number;
  /** The published version that ran; absent for `$LATEST`. */
  readonly executedVersion?: string;
};

/** Makes the error that the caller receives in place of a result, as JSON text. */
export type ErrorPayload = (requestId: string) => string;

/** An invocation, or an init phase, that ended without a result of the handler. */
export type FailedInvocation = { readonly kind: 'failed'; readonly errorPayload: ErrorPayload };

/** Lambda's limit on a synchronous response, in bytes: 6 MiB and a margin of 100 bytes. */
export const responseBytesMax = 6_291_556;

/** The function took longer than it may. */
export const timedOut =
  (seconds: number): ErrorPayload =>
  (requestId) =>
    JSON.stringify({
      errorType: 'Sandbox.Timedout',
      errorMessage: `RequestId: ${requestId} Error: Task timed out after ${seconds.toFixed(2)} seconds`,
    });

/** Lambda names signals in the words of its own platform. */
const signalWords: Readonly<Record<string, string>> = {
  SIGABRT: 'aborted',
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGTERM: 'terminated',
};

export type ProcessExit = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
};

/** How a runtime ended, in the words of Lambda. */
export const exitReason = ({ code, signal }: ProcessExit): string => {
  if (signal) return `Runtime exited with error: signal: ${signalWords[signal] ?? signal}`;
  if (code) return `Runtime exited with error: exit status ${code}`;
  return 'Runtime exited without providing a reason';
};

/** The process ended before it answered. */
export const runtimeExited =
  (exit: ProcessExit): ErrorPayload =>
  (requestId) =>
    JSON.stringify({
      errorType: 'Runtime.ExitError',
      errorMessage: `RequestId: ${requestId} Error: ${exitReason(exit)}`,
    });

/** The handler returned more than {@link responseBytesMax}. */
export const responseTooLarge: ErrorPayload = () =>
  JSON.stringify({
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `Response payload size exceeded maximum allowed payload size (${responseBytesMax} bytes).`,
  });
