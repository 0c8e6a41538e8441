import type { HttpResponse } from 'antipode-local-dsql/http';

/**
 * An error that Lambda answers before it reads the request. Its body has no `Type`, which would
 * say who caused it.
 */
const frontError = (status: number, code: string, body: object): HttpResponse => ({
  status,
  headers: { 'x-amzn-errortype': code },
  body: JSON.stringify(body),
});

/**
 * An error of Lambda's API. A header has its code, and `Type` in its body says that the caller
 * caused it.
 */
export const apiError = (status: number, code: string, body: object): HttpResponse =>
  frontError(status, code, { Type: 'User', ...body });

export const invalidContent = (message: string): HttpResponse =>
  apiError(400, 'InvalidRequestContentException', { message });

export const invalidParameter = (message: string): HttpResponse =>
  apiError(400, 'InvalidParameterValueException', { message });

export const validationError = (message: string): HttpResponse =>
  frontError(400, 'ValidationException', { message });

export const payloadTooLarge = (bytesMax: number): HttpResponse =>
  apiError(413, 'RequestTooLargeException', {
    message: `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`,
  });

export const notFound = (Message: string): HttpResponse =>
  apiError(404, 'ResourceNotFoundException', { Message });

/** A function of another account, where no policy can allow the caller to use it. */
export const accessDenied = (principal: string, action: string, resource: string): HttpResponse =>
  frontError(403, 'AccessDeniedException', {
    Message: `User: ${principal} is not authorized to perform: ${action} on resource: ${resource} because no resource-based policy allows the ${action} action`,
  });

/** Clients try again later, and then the port is closed. */
export const unavailable = (): HttpResponse =>
  apiError(503, 'ServiceUnavailableException', {
    Type: 'Service',
    Message: 'The local stack is stopping.',
  });
