import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../../src/adapters/aws/http-exchange.ts';
import {
  EventBridgeError,
  readPutEventsAnswer,
} from '../../../src/adapters/eventbridge/put-events-answer.ts';

const answer = (
  status: number,
  body: unknown,
  headers: HttpAnswer['headers'] = {},
): HttpAnswer => ({
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

const errorOf = (given: HttpAnswer): EventBridgeError => {
  try {
    readPutEventsAnswer(given);
  } catch (error) {
    if (error instanceof EventBridgeError) return error;
  }
  throw new Error('No EventBridgeError was thrown');
};

describe('an answer to PutEvents', () => {
  it('has a result for each entry', () => {
    const Entries = [{ EventId: 'a' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' }];
    expect(readPutEventsAnswer(answer(200, { FailedEntryCount: 1, Entries }))).toEqual({ Entries });
  });

  it('gives no result for an entry that has none, of whatever shape', () => {
    const Entries = [null, 1, 'x', [], {}, { EventId: 5 }, { EventId: '' }, { ErrorCode: {} }];
    const { Entries: results } = readPutEventsAnswer(answer(200, { Entries }));
    expect(results).toHaveLength(Entries.length);
    for (const result of results ?? []) expect(result).toEqual({});
  });

  it.each(['', '<html></html>', '{', 'null', '[]', '"x"', '{}', { Entries: {} }, { Entries: 'x' }])(
    'is refused with status 200 when it is no answer of EventBridge: %j',
    (body) => {
      const { name, message } = errorOf(answer(200, body));
      expect(name).toBe('UnknownError');
      expect(message).toMatch(/^Something else than EventBridge answered: check the address in/);
    },
  );

  it.each([
    [{ __type: 'AccessDeniedException', message: 'm' }, {}, 'AccessDeniedException'],
    [{ __type: 'com.amazon.coral.service#InternalFailure', message: 'm' }, {}, 'InternalFailure'],
    [{ code: 'ThrottlingException', message: 'm' }, {}, 'ThrottlingException'],
    [
      { Message: 'm' },
      { 'x-amzn-errortype': 'ValidationException:http://x' },
      'ValidationException',
    ],
    [{ __type: 'Typed', message: 'm' }, { 'x-amzn-errortype': 'Header' }, 'Typed'],
    [{ __type: 7, message: 'm' }, {}, 'UnknownError'],
    [{ __type: 'no code\n', message: 'm' }, {}, 'UnknownError'],
    [{ __type: 'no code', message: 'm' }, {}, 'UnknownError'],
  ])('tells the code and the message of %j', (body, headers, name) => {
    expect(errorOf(answer(400, body, headers))).toMatchObject({ name, message: 'm', status: 400 });
  });

  it('tells the id of the request, for those who ask AWS', () => {
    const body = { __type: 'InternalException', message: 'm' };
    const withId = (id: string) => errorOf(answer(500, body, { 'x-amzn-requestid': id })).message;
    expect(withId('c6af9ac6-7b61-11e6-9a41-93e8deadbeef')).toBe(
      'm (request c6af9ac6-7b61-11e6-9a41-93e8deadbeef)',
    );
    expect(withId('two words')).toBe('m');
    expect(withId('x'.repeat(65))).toBe('m');
  });

  it('keeps code and request id within the 500 characters of a reason, however long the message', () => {
    const id = 'c6af9ac6-7b61-11e6-9a41-93e8deadbeef';
    const body = { __type: 'ValidationException', message: 'x'.repeat(10_000) };
    const { name, message } = errorOf(answer(400, body, { 'x-amzn-requestid': id }));
    expect(`${name}: ${message}`.length).toBeLessThan(500);
    expect(message).toContain(id);
  });

  it.each([300, 301, 302, 307, 308])('says that a redirect (%i) is not followed', (status) => {
    const headers = { location: 'https://elsewhere.example/' };
    expect(errorOf(answer(status, '', headers)).message).toMatch(
      /HTTP status 30\d and no message, and redirects are not followed: check the address/,
    );
  });

  it.each([201, 204, 404, 503])('is an error with status %i whatever its body is', (status) => {
    const { name, message } = errorOf(answer(status, '<html>'));
    expect([name, message]).toEqual([
      'UnknownError',
      `EventBridge answered with HTTP status ${status} and no message`,
    ]);
  });

  it('has the time of the service, if it says one', () => {
    const date = 'Sun, 29 Nov 2026 16:49:14 GMT';
    expect(errorOf(answer(403, {}, { date })).serverMs).toBe(Date.UTC(2026, 10, 29, 16, 49, 14));
    expect(errorOf(answer(403, {}, { date: 'today' })).serverMs).toBeUndefined();
    expect(errorOf(answer(403, {})).serverMs).toBeUndefined();
  });
});
