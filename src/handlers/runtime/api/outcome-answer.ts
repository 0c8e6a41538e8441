import type { Json, Outcome } from '../../../domain/kernel/index.ts';
import { type ApiAnswer, errorAnswer } from './api-answer.ts';
import type { ApiRequest } from './http-request.ts';

/**
 * A code that the types do not know, such as one that a repository makes of a constraint. The
 * request is understood, and the business says no.
 */
const refusedStatusDefault = 422;

/** HTTP statuses of the outcomes of a service's commands. */
export type OutcomeStatuses<Code extends string> = {
  /** The status of each code with which a decision of these commands may refuse. */
  readonly refused: Readonly<Record<Code, number>>;
  /** The status of a command that has taken effect, now or before; 200 unless given. */
  readonly committed?: number;
  /**
   * The answer to a command whose key came in its payload and is known with another content; 409
   * unless given. A key of the header is answered by 422, as the draft of the IETF asks.
   */
  readonly mismatched?: ApiAnswer;
};

/**
 * Answers the outcomes of commands: the result with 200, also of a replay, which a header marks; a
 * refusal with its status, code and message; a key that was used with another content with 409 or
 * 422.
 *
 * The outcome of a decision that may refuse with a code without a status does not compile. So a
 * decision names its codes in its type.
 *
 * @example
 * const answerOutcome = createOutcomeAnswer({ refused: { SoldOut: 409, ShowNotFound: 404 } });
 * return answerOutcome(await reserveSeats(command, run), request);
 */
export const createOutcomeAnswer =
  <Code extends string>({ refused, committed = 200, mismatched }: OutcomeStatuses<Code>) =>
  (outcome: Outcome<Json, Code>, { idempotencyKey }: ApiRequest): ApiAnswer => {
    switch (outcome.status) {
      case 'committed':
        return { status: committed, body: outcome.result };
      case 'replayed': {
        const headers = { 'idempotent-replayed': 'true' };
        return { status: committed, body: outcome.result, headers };
      }
      case 'refused': {
        const { code, message } = outcome.refusal;
        const status = Object.hasOwn(refused, code) ? refused[code] : refusedStatusDefault;
        return errorAnswer(status, code, message);
      }
      case 'mismatched':
        if (idempotencyKey === undefined && mismatched) return mismatched;
        return errorAnswer(
          idempotencyKey === undefined ? 409 : 422,
          'IdempotencyKeyReused',
          'This idempotency key was used with another content; use a new key',
        );
    }
  };
