import { type ApiAnswer, errorAnswer } from './api-answer.ts';

/**
 * The answers to Powertools' errors, by the errors' names, so that Powertools' package need not be
 * loaded.
 */
const told: Readonly<Record<string, readonly [status: number, code: string, message: string]>> = {
  IdempotencyAlreadyInProgressError: [
    409,
    'InProgress',
    'This request is being worked on; send it again later',
  ],
  IdempotencyValidationError: [
    409,
    'IdempotencyKeyReused',
    'This idempotency key was used with another content; use a new key',
  ],
  ResponseNotReplayableError: [
    409,
    'ResponseNotReplayable',
    'This request has been carried out before; its response cannot be given again',
  ],
  IdempotencyKeyError: [400, 'IdempotencyKeyMissing', 'Send a request with an idempotency key'],
};

/** The error of a persistence layer, which Powertools wraps in an error of its own. */
export const persistenceCause = (error: unknown): unknown =>
  error instanceof Error && error.name === 'IdempotencyPersistenceLayerError'
    ? (error.cause ?? error)
    : error;

/**
 * The answer to a request that was not worked on because of its idempotency key; `undefined` for
 * other errors.
 */
export const idempotencyAnswer = (error: unknown): ApiAnswer | undefined => {
  const name = error instanceof Error ? error.name : '';
  const found = Object.hasOwn(told, name) ? told[name] : undefined;
  if (!found) return undefined;
  const [status, code, message] = found;
  const answer = errorAnswer(status, code, message);
  return code === 'InProgress' ? { ...answer, headers: { 'retry-after': '1' } } : answer;
};
