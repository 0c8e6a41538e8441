/** What an invocation took, for the line that Lambda ends its log with. */
export type InvocationReport = {
  readonly requestId: string;
  readonly durationMs: number;
  readonly memoryMb: number;
  /** The most that the environment has had since its start. */
  readonly memoryUsedMb: number;
  /** Of the init phase, in the first invocation of an environment. */
  readonly initMs: number | undefined;
  /** The type of the error with which the platform ended the invocation; one of the function itself is none. */
  readonly platformError: string | undefined;
};

/** As `invocation.ts` makes them; an error that a function reports is none of the platform's. */
const platformErrorPattern =
  /^\{"errorType":"(Sandbox\.Timedout|Runtime\.ExitError)","errorMessage":"RequestId: /;

/**
 * The type of the error with which the platform ended an invocation.
 *
 * @param payload JSON text of the error that the caller receives
 */
export const platformErrorIn = (payload: string): string | undefined =>
  platformErrorPattern.exec(payload)?.[1];

/** As public logs of 2026 have it. */
const statusOf = (platformError: string): readonly string[] =>
  platformError === 'Sandbox.Timedout'
    ? ['Status: timeout']
    : ['Status: error', `Error Type: ${platformError}`];

/**
 * The line `REPORT`, whose fields end in tabs (recorded 2024-04-08). The init phase is billed since 2025-08-01.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export const reportLine = (report: InvocationReport): string => {
  const { requestId, durationMs, memoryMb, memoryUsedMb, initMs, platformError } = report;
  const fields = [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${Math.ceil(durationMs + (initMs ?? 0))} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${memoryUsedMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    ...(platformError === undefined ? [] : statusOf(platformError)),
  ];
  return `${fields.join('\t')}\t`;
};

/**
 * The line with which the log of an environment begins. AWS names its own build of the runtime there; here it is the
 * Node that runs the function.
 */
export const initStartLine = (region: string): string =>
  [
    `INIT_START Runtime Version: nodejs:${process.versions.node}`,
    `Runtime Version ARN: arn:aws:lambda:${region}::runtime:local`,
  ].join('\t');
