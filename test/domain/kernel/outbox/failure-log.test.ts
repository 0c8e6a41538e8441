import { expect, it } from 'vitest';
import { createMemoryLogger } from '../../../../src/adapters/memory/index.ts';
import { createFailureLog } from '../../../../src/domain/kernel/outbox/failure-log.ts';
import { anEvent } from '../../../support/counter.ts';

it('tells of twenty events that a run could not publish, and no more', () => {
  const logger = createMemoryLogger();
  const log = createFailureLog(logger);
  const claimOf = (size: number) =>
    Array.from({ length: size }, () => ({ event: anEvent(), attempts: 1 }));
  for (const claimed of [claimOf(15), claimOf(500)]) {
    const failed = claimed.map(({ event }) => ({ eventId: event.id, reason: 'r', retryInMs: 7 }));
    log(claimed, failed);
  }
  expect(logger.lines).toHaveLength(20);
  createFailureLog(logger)(claimOf(1), [{ eventId: 'of another', reason: 'r', retryInMs: 7 }]);
  expect(logger.lines).toHaveLength(20);
});

it('tells of the trace of an event that has one', () => {
  const logger = createMemoryLogger();
  const event = { ...anEvent(), traceparent: 't' };
  const failed = [{ eventId: event.id, reason: 'r', retryInMs: undefined }];
  createFailureLog(logger)([{ event, attempts: 60 }], failed);
  expect(logger.lines).toMatchObject([{ message: 'Event is dead', fields: { traceparent: 't' } }]);
});
