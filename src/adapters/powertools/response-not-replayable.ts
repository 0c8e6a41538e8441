import { IdempotencyUnknownError } from '@aws-lambda-powertools/idempotency';

/**
 * The work of a request has been done before, and its response cannot be given back: it was no
 * JSON, or too large. Sending the request again changes nothing.
 */
export class ResponseNotReplayableError extends IdempotencyUnknownError {
  /** Why, in one line without values, such as `$.updated is a bigint`. */
  readonly reason: string;

  constructor(key: string, reason: string) {
    super(`The work of ${key} is done, but its response cannot be given back: ${reason}`);
    this.name = 'ResponseNotReplayableError';
    this.reason = reason;
  }
}
