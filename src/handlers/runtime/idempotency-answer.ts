import type { ApiAnswer } from './api-handler.ts';

type Told = { readonly status: number; readonly code: string; readonly message: string };

/** What callers are told, by the name of Powertools' error: its package need not be loaded for that. */
const told: Readonly<Record<string, Told>> = {
  IdempotencyAlreadyInProgressError: {
    status: 409,
    code: 'InProgress',
    message: 'The same request is being worked on; send it again later',
  },
  IdempotencyValidationError: {
    status: 409,
    code: 'IdempotencyKeyReused',
    message: 'This idempotency key was used with another content; use a new one',
  },
  IdempotencyKeyError: {
    status: 400,
    code: 'IdempotencyKeyMissing',
    message: 'The request has no idempotency key; send one',
  },
};

/** What went wrong in a persistence layer, which Powertools wraps in an error of its own. */
export const persistenceCause = (error: unknown): unknown =>
  error instanceof Error && error.name === 'IdempotencyPersistenceLayerError'
    ? (error.cause ?? error)
    : error;

/** The answer to a request that was not worked on because of its idempotency key; `undefined` for other errors. */
export const idempotencyAnswer = (error: unknown): ApiAnswer | undefined => {
  const found = error instanceof Error ? told[error.name] : undefined;
  if (!found) return undefined;
  const { status, code, message } = found;
  const answer = { status, body: { error: { code, message } } };
  return code === 'InProgress' ? { ...answer, headers: { 'retry-after': '1' } } : answer;
};
