import { InvalidInput } from '../../../domain/kernel/index.ts';
import type { FailedRequest } from '../lambda-handler.ts';
import { errorAnswer, respond } from './api-answer.ts';
import { idempotencyAnswer, persistenceCause } from './idempotency-answer.ts';

/**
 * Middleware for handlers that answer HTTP and use Powertools' idempotency: a duplicate in flight
 * is told 409 with `Retry-After`, a key that was used with another content 409, a response that
 * cannot be given again 409, a missing key or content 400. Without it each would be a 500.
 *
 * @example
 * middy(ship)
 *   .use(answerIdempotencyErrors())
 *   .use(makeHandlerIdempotent({ persistenceStore, keyPrefix, config }));
 */
export const answerIdempotencyErrors = () => ({
  /** Puts an answer in the place of an error of the persistence layer. */
  onError: (request: FailedRequest): void => {
    const cause = persistenceCause(request.error);
    // A persistence layer refuses a request in which nothing could be compared.
    const isRefused = cause !== request.error && cause instanceof InvalidInput;
    const answer = isRefused
      ? errorAnswer(400, cause.kind, cause.message)
      : idempotencyAnswer(cause);
    if (answer) request.response = respond(answer);
  },
});
