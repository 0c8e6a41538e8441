/**
 * The lines that Lambda itself writes into the log of an environment.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */

/** An error with which the platform, not the function, ended an invocation or an init phase. */
export type PlatformError = { readonly errorType: string; readonly errorMessage: string };

/** As `invocation.ts` makes them. The errors that a runtime reports have a third field, `trace`. */
const platformError =
  /^\{"errorType":"(Sandbox\.Timedout|Runtime\.ExitError|Function\.ResponseSizeTooLarge)","errorMessage":"([^"\\]*)"\}$/;

/**
 * The platform's error in a payload; `undefined` for an error of the function, which its runtime
 * has logged.
 *
 * @param payload JSON text of the error that the caller receives
 */
export const platformErrorIn = (payload: string): PlatformError | undefined => {
  const [, errorType, errorMessage] = platformError.exec(payload) ?? [];
  return errorType === undefined || errorMessage === undefined
    ? undefined
    : { errorType, errorMessage };
};

/** The fields that end `REPORT` and `INIT_REPORT`, as public logs of 2026 have them. */
const statusOf = ({ errorType }: PlatformError): readonly string[] =>
  errorType === 'Sandbox.Timedout'
    ? ['Status: timeout']
    : ['Status: error', `Error Type: ${errorType}`];

/**
 * The line with which the log of an environment begins. AWS names its own build of the runtime
 * there; here it is the Node that runs the function.
 */
export const initStartLine = (region: string): string =>
  [
    `INIT_START Runtime Version: nodejs:${process.versions.node}`,
    `Runtime Version ARN: arn:aws:lambda:${region}::runtime:local`,
  ].join('\t');

/** The line for an init phase that the platform ended, after so many milliseconds. */
export const initFailureLine = (error: PlatformError, ms: number): string =>
  [`INIT_REPORT Init Duration: ${ms.toFixed(2)} ms`, 'Phase: init', ...statusOf(error)].join('\t');

/**
 * The line for an invocation that the platform ended.
 *
 * The lines of a timeout and of an exit are AWS's. AWS documents no line for a response that is too
 * large, so it has the form of the line of an exit, here and in `REPORT`.
 */
export const failureLine = (error: PlatformError, requestId: string, now: Date): string => {
  const { errorType, errorMessage } = error;
  const message = errorMessage.replace(/^RequestId: \S+ Error: /, '');
  return errorType === 'Sandbox.Timedout'
    ? `${now.toISOString()} ${requestId} ${message}`
    : `RequestId: ${requestId} Error: ${message}\n${errorType}`;
};

/** The time and memory of an invocation, for the line that Lambda ends its log with. */
export type InvocationReport = {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memoryMb: number;
  /** The most that the environment has had since its start. */
  readonly memoryUsedMb: number;
  /** The duration of the init phase, in the first invocation of an environment. */
  readonly initMs: number | undefined;
  /** The error with which the platform ended the invocation. An error of the function is none. */
  readonly error: PlatformError | undefined;
};

/**
 * The line `REPORT`, whose fields end in tabs (recorded 2024-04-08). The init phase is billed since
 * 2025-08-01.
 */
export const reportLine = (report: InvocationReport): string => {
  const { requestId, durationMs, memoryMb, memoryUsedMb, initMs, error } = report;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${memoryUsedMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(error ? statusOf(error) : []),
  ];
  return `${fields.join('\t')}\t`;
};
