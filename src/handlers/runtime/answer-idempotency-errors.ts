import type { MiddlewareObj } from '@middy/core';
import { respond } from './api-handler.ts';
import { idempotencyAnswer, persistenceCause } from './idempotency-answer.ts';

/**
 * Middleware for handlers that answer HTTP and use Powertools' idempotency: a duplicate in flight is told 409 with
 * `Retry-After`, a key that was used with another content 409, a missing key 400. Without it each would be a 500.
 *
 * @example
 * middy(ship).use(answerIdempotencyErrors()).use(makeHandlerIdempotent({ persistenceStore, keyPrefix, config }));
 */
export const answerIdempotencyErrors = (): MiddlewareObj => ({
  onError: (request) => {
    const answer = idempotencyAnswer(persistenceCause(request.error));
    if (answer) request.response = respond(answer) as never;
  },
});
