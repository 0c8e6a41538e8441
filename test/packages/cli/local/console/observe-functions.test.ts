import { describe, expect, it } from 'vitest';
import {
  entryOfInvocation,
  entryOfLine,
} from '../../../../../packages/cli/src/local/console/observe-functions.ts';

const by = { region: 'us-east-1', functionName: 'api' };

const lineOf = (fields: object) => entryOfLine({ ...by, line: JSON.stringify(fields) });

describe('a line of a log', () => {
  it('tells of a command with the events that it has committed', () => {
    const line = {
      ...{ level: 'INFO', message: 'Command committed', requestId: 'r', correlationid: 'c' },
      ...{ key: 'k', events: ['e1', 'e2'] },
    };
    expect(lineOf(line)).toEqual({
      ...by,
      ...{ kind: 'command', outcome: 'ok', reason: 'Command committed' },
      ...{ requestId: 'r', correlationId: 'c', key: 'k', events: ['e1', 'e2'] },
    });
  });

  it.each([
    ['Command replayed', undefined, 'command', 'skipped'],
    ['Command refused', undefined, 'command', 'failed'],
    ['Event handled', 'committed', 'effect', 'ok'],
    ['Event handled', 'replayed', 'effect', 'skipped'],
    ['Event put into the dead letters', undefined, 'dead-letter', 'failed'],
    ['Events are left to the relay', undefined, 'outbox', 'failed'],
    ['Invocation failed', undefined, 'failure', 'failed'],
  ])('%s (%s) tells of a step %s that is %s', (message, status, kind, outcome) => {
    expect(lineOf({ message, status })).toMatchObject({ kind, outcome });
  });

  it('has the cause of a failure', () => {
    const errors = [{ name: 'Unavailable', message: 'no database' }];
    expect(lineOf({ message: 'Invocation failed', errors })).toMatchObject({
      reason: 'Invocation failed: Unavailable: no database',
    });
  });

  it('of the platform tells where an event is that was given up', () => {
    const line =
      'Event e1 of request r1 is given up (RetriesExhausted) and sent to arn:aws:sqs:us-east-1:000000000000:failed';
    expect(entryOfLine({ ...by, line })).toEqual({
      ...by,
      ...{ kind: 'dead-letter', outcome: 'failed', requestId: 'r1', eventId: 'e1' },
      ...{ reason: 'RetriesExhausted', target: 'arn:aws:sqs:us-east-1:000000000000:failed' },
    });
  });

  it('of the platform tells that an event is lost', () => {
    const line = 'Event r1 is dropped (RetriesExhausted): the function has no failure queue';
    expect(entryOfLine({ ...by, line })).toMatchObject({ kind: 'lost', requestId: 'r1' });
  });

  it.each([
    'START RequestId: r Version: $LATEST',
    '{"message":"Totals read"}',
    '{"message":"Command',
    '{"_aws":{},"message":"Other"}',
  ])('%s tells of no step', (line) => {
    expect(entryOfLine({ ...by, line })).toBeUndefined();
  });
});

describe('an invocation', () => {
  const ended = {
    ...by,
    ...{ requestId: 'r', payload: '{}', answer: '{}', failed: false, durationMs: 3 },
  };

  it('has the ids of the event that it was given', () => {
    const payload = JSON.stringify({
      ...{ id: 'envelope', 'detail-type': 'SeatsReserved' },
      detail: { id: 'event', correlationid: 'c' },
    });
    expect(entryOfInvocation({ ...ended, payload })).toMatchObject({
      ...{ eventId: 'event', envelopeId: 'envelope', correlationId: 'c', type: 'SeatsReserved' },
      outcome: 'ok',
    });
  });

  it('has the ids of the event in a message of a queue', () => {
    const body = JSON.stringify({ id: 'envelope', 'detail-type': 'T', detail: { id: 'event' } });
    const payload = JSON.stringify({ Records: [{ body }] });
    expect(entryOfInvocation({ ...ended, payload })).toMatchObject({ eventId: 'event' });
  });

  it('that failed has the error of the function', () => {
    const answer = '{"errorType":"TypeError","errorMessage":"x is not a function\\n at y"}';
    expect(entryOfInvocation({ ...ended, answer, failed: true })).toMatchObject({
      outcome: 'failed',
      reason: 'TypeError: x is not a function',
    });
  });

  it.each([
    [200, 'ok'],
    [422, 'failed'],
  ])('of an API that answers %i is %s', (statusCode, outcome) => {
    const answer = JSON.stringify({ statusCode, body: '{}' });
    expect(entryOfInvocation({ ...ended, answer })).toMatchObject({ outcome });
  });
});
