import { defined } from '../defined.ts';
import type { Logger } from '../observability/observability.ts';
import type { ClaimedEvent, OutboxFailure } from './outbox.ts';

/** Logs the events of one claim that could not be published. */
export type LogFailures = (
  claimed: readonly ClaimedEvent[],
  failed: readonly OutboxFailure[],
) => void;

/**
 * Lines about single events in one run of the relay. A bus that is away fails thousands; their rows
 * have the reason too.
 */
const failureLinesMax = 20;

/**
 * The log of one run: a line for each event that was not published, with the ids of the request
 * that has caused it.
 */
export const createFailureLog = (logger: Logger): LogFailures => {
  let room = failureLinesMax;
  return (claimed, failed) => {
    const claims = new Map(claimed.map((claim) => [claim.event.id, claim]));
    for (const { eventId, reason, retryInMs } of failed) {
      const claim = claims.get(eventId);
      if (room === 0 || !claim) return;
      room -= 1;
      const { id, type, correlationid, traceparent } = claim.event;
      const about = { event: id, type, attempts: claim.attempts, reason };
      const log = retryInMs === undefined ? logger.warn : logger.info;
      log(retryInMs === undefined ? 'Event is dead' : 'Event not published', {
        ...about,
        // The relay has ids of its own, which these replace.
        ...{ correlationid, causationid: id },
        ...defined({ traceparent, retryInMs }),
      });
    }
  };
};
