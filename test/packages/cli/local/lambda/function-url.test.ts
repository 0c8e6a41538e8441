import { describe, expect, test } from 'vitest';
import {
  functionUrlEvent,
  functionUrlResponse,
} from '../../../../../packages/cli/src/local/lambda/function-url.ts';
import type { HttpRequest } from '../../../../../packages/local-dsql/src/http/http.ts';

const request = (parts: Partial<HttpRequest>): HttpRequest => ({
  method: 'POST',
  path: '/function-urls/api/',
  query: new URLSearchParams(),
  headers: { host: '127.0.0.1:4510', 'user-agent': 'curl/8' },
  rawQuery: '',
  body: Buffer.alloc(0),
  ...parts,
});

const eventOf = (parts: Partial<HttpRequest>, path = '/') =>
  functionUrlEvent(request(parts), {
    functionName: 'api',
    path,
    now: new Date('2026-03-02T19:03:58.123Z'),
  });

describe('the event', () => {
  test.each([
    ['[::1]:4510', '4510'],
    ['localhost:4510', '4510'],
    ['localhost', '80'],
  ])('names the port of %s', (host, port) => {
    expect(eventOf({ headers: { host } })).toMatchObject({ headers: { 'x-forwarded-port': port } });
  });

  test('has the shape of payload format 2.0', () => {
    const event = eventOf(
      {
        query: new URLSearchParams('a=1&a=2&b=x%20y'),
        rawQuery: 'a=1&a=2&b=x%20y',
        headers: {
          host: '127.0.0.1:4510',
          'user-agent': 'curl/8',
          cookie: 'one=1; two=2',
          connection: 'keep-alive',
          'content-type': 'application/json',
        },
        body: Buffer.from('{"amount":"1.00"}'),
      },
      '/transactions/42',
    );
    expect(event).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/transactions/42',
      rawQueryString: 'a=1&a=2&b=x%20y',
      cookies: ['one=1', 'two=2'],
      headers: {
        host: '127.0.0.1:4510',
        'user-agent': 'curl/8',
        'content-type': 'application/json',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-port': '4510',
        'x-forwarded-proto': 'http',
      },
      queryStringParameters: { a: '1,2', b: 'x y' },
      requestContext: {
        accountId: 'anonymous',
        apiId: 'api',
        domainName: '127.0.0.1:4510',
        domainPrefix: 'api',
        http: {
          method: 'POST',
          path: '/transactions/42',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl/8',
        },
        requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
        routeKey: '$default',
        stage: '$default',
        time: '02/Mar/2026:19:03:58 +0000',
        timeEpoch: Date.UTC(2026, 2, 2, 19, 3, 58, 123),
      },
      body: '{"amount":"1.00"}',
      isBase64Encoded: false,
    });
  });

  test('has no member for a part that the request does not have', () => {
    const event = eventOf({ method: 'GET' });
    expect(event).toMatchObject({ rawQueryString: '', isBase64Encoded: false });
    for (const name of ['body', 'cookies', 'queryStringParameters'])
      expect(event).not.toHaveProperty(name);
  });

  test.each([
    ['application/json', false],
    ['application/json; charset=utf-8', false],
    ['application/cloudevents+json', false],
    ['text/plain', false],
    ['application/xml', false],
    ['application/x-www-form-urlencoded', true],
    ['multipart/form-data; boundary=json', true],
    ['application/octet-stream', true],
    [undefined, true],
  ])('carries a body of type %s with isBase64Encoded %s', (type, isBase64Encoded) => {
    const body = 'Zoë';
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    expect(eventOf({ headers, body: Buffer.from(body) })).toMatchObject({
      isBase64Encoded,
      body: isBase64Encoded ? Buffer.from(body).toString('base64') : body,
    });
  });

  test('carries a body that is no UTF-8 in base64 whatever its type', () => {
    const event = eventOf({ headers: { 'content-type': 'text/plain' }, body: Buffer.from([0x87]) });
    expect(event).toMatchObject({ isBase64Encoded: true, body: 'hw==' });
  });
});

describe('the response', () => {
  const responseOf = (answer: unknown) => functionUrlResponse(JSON.stringify(answer));

  test('has the status, headers and body of an object with a statusCode', () => {
    expect(
      responseOf({ statusCode: 409, headers: { 'X-Retry': 3 }, body: '{"a":1}', cookies: ['c=1'] }),
    ).toEqual({ status: 409, headers: { 'x-retry': '3', 'set-cookie': ['c=1'] }, body: '{"a":1}' });
  });

  test('sends each cookie in a header of its own', () => {
    expect(responseOf({ statusCode: 200, cookies: ['a=1', 'b=2'] }).headers).toEqual({
      'set-cookie': ['a=1', 'b=2'],
    });
  });

  test.each([
    'Connection',
    'Content-Length',
    'Date',
    'Keep-Alive',
    'Trailer',
    'Transfer-Encoding',
    'Upgrade',
  ])('leaves the %s of the connection to the server', (name) => {
    const { headers } = responseOf({ statusCode: 200, headers: { [name]: '1' }, body: 'whole' });
    expect(headers).toEqual({ [`x-amzn-remapped-${name.toLowerCase()}`]: '1' });
  });

  test('has a decoded body when the function sent base64', () => {
    const { body } = responseOf({ statusCode: 200, body: 'hw==', isBase64Encoded: true });
    expect(body).toEqual(Buffer.from([0x87]));
  });

  test('has an empty body when the function gave none', () => {
    expect(responseOf({ statusCode: 204 })).toMatchObject({ status: 204, body: '' });
  });

  test.each([
    [{ hello: 'world' }, '{"hello":"world"}'],
    [['hello', 3, true], '["hello",3,true]'],
    ['hello', 'hello'],
    [3.1, '3.1'],
    [true, 'true'],
    [null, 'null'],
  ])('is 200 with %j as it is', (answer, body) => {
    expect(responseOf(answer)).toEqual({ status: 200, body });
  });

  test.each([
    { statusCode: 'many' },
    { statusCode: 42 },
    { statusCode: 200, body: { not: 'text' } },
    { statusCode: 200, headers: { 'x-note': 'a\r\nset-cookie: b' } },
    { statusCode: 200, headers: { 'x-note': '你' } },
    { statusCode: 200, headers: { 'x note': 'a' } },
    { statusCode: 200, headers: { 'set-coo\u212aie': 'a=b' } },
    { statusCode: 200, cookies: ['a=b\n'] },
  ])('is 502 for %j', (answer) => {
    expect(responseOf(answer)).toEqual({ status: 502, body: 'Internal Server Error' });
  });

  test.each([
    [{ statusCode: 42 }, 'the status 42'],
    [{ statusCode: 200, body: { not: 'text' } }, 'a body that is no text'],
    [
      { statusCode: 200, headers: { 'x-fine': 'a', 'x-note': 'secret\r\n' } },
      'the header "x-note", which HTTP cannot carry',
    ],
    [{ statusCode: 200, cookies: ['a=b\n'] }, 'the header "set-cookie", which HTTP cannot carry'],
  ])('says of %j why it is 502', (answer, reason) => {
    const told: string[] = [];
    functionUrlResponse(JSON.stringify(answer), (why) => told.push(why));
    expect(told).toEqual([reason]);
  });
});
