type PlatformError = { readonly errorType: string; readonly errorMessage: string };

/** As `invocation.ts` makes them; what a function reports may be any text, and its runtime has logged it. */
const platformError =
  /^\{"errorType":"(Sandbox\.Timedout|Runtime\.ExitError|Function\.ResponseSizeTooLarge)","errorMessage":"([^"\\]*)"\}$/;

const platformErrorIn = (payload: string): PlatformError | undefined => {
  const [, errorType, errorMessage] = platformError.exec(payload) ?? [];
  return errorType === undefined || errorMessage === undefined
    ? undefined
    : { errorType, errorMessage };
};

/**
 * The line that Lambda writes for an invocation that it has ended itself; `undefined` for an error of the function.
 *
 * Those of a timeout and of an exit are AWS's. No page has that of a response which is too large: it is made as that of an exit.
 *
 * @param payload JSON text of the error that the caller receives
 */
export const failureLine = (payload: string, requestId: string, now: Date): string | undefined => {
  const error = platformErrorIn(payload);
  if (!error) return undefined;
  const message = error.errorMessage.replace(/^RequestId: \S+ Error: /, '');
  return error.errorType === 'Sandbox.Timedout'
    ? `${now.toISOString()} ${requestId} ${message}`
    : `RequestId: ${requestId} Error: ${message}\n${error.errorType}`;
};

/**
 * The line that Lambda writes for an init phase that it has ended itself; `undefined` for an error of the function.
 *
 * @param payload JSON text of the error that the first caller receives
 */
export const initFailureLine = (payload: string, ms: number): string | undefined => {
  const error = platformErrorIn(payload);
  if (!error) return undefined;
  const status =
    error.errorType === 'Sandbox.Timedout'
      ? ['timeout']
      : ['error', `Error Type: ${error.errorType}`];
  return [
    `INIT_REPORT Init Duration: ${ms.toFixed(2)} ms`,
    'Phase: init',
    `Status: ${status.join('\t')}`,
  ].join('\t');
};
