import type { HttpResponse } from './http.ts';

/**
 * An error of a port itself, in the shape that AWS's clients read: its code in a header and in the
 * body.
 */
const portError = (status: number, code: string, message: string): HttpResponse => ({
  status,
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify({ __type: code, message }),
});

const lambdaPath = '/2015-03-31/functions/';

/** A body larger than any service takes; Lambda has its own code for it. */
export const tooLarge = (path: string): HttpResponse =>
  portError(
    413,
    path.startsWith(lambdaPath) ? 'RequestTooLargeException' : 'RequestEntityTooLargeException',
    'The body of the request is too large.',
  );

/** A `%` that two hexadecimal digits do not follow. */
const strayPercent = /%(?![0-9a-f]{2})/i;

export const isMalformedPath = (path: string): boolean => strayPercent.test(path);

/** A target that is no path, or one whose escapes cannot be read. */
export const malformedPath = (): HttpResponse =>
  portError(400, 'MalformedHttpRequestException', 'The path of the request is malformed.');

/**
 * Refuses a request that comes while the stack ends, because it would be lost. Clients try again,
 * and then the port is closed.
 */
export const stackStopping = (path: string): HttpResponse =>
  portError(
    503,
    path.startsWith(lambdaPath) ? 'ServiceUnavailableException' : 'ServiceUnavailable',
    'The local stack is stopping.',
  );

/**
 * A defect of a local service. The output shows the error; the client gets no text of JavaScript.
 */
export const internalFailure = (error: unknown): HttpResponse => {
  console.error('A service of the local stack failed:', error);
  return portError(500, 'InternalFailure', 'The local stack failed: its output says why.');
};
