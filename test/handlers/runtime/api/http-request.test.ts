import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  type ApiRequest,
  type ApiResponse,
  createApiHandler,
} from '../../../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../../../support/lambda.ts';

type Options = Parameters<typeof createApiHandler>[0];

const setUp = async (routes?: Options['routes'], answer?: Options['answer']) => {
  const parts = await handlerParts();
  const asked: { readonly payload: unknown; readonly request: ApiRequest }[] = [];
  const handler = createApiHandler({
    ...parts,
    ...(routes && { routes }),
    answer: async (payload, run, request) => {
      asked.push({ payload, request });
      return answer ? answer(payload, run, request) : { status: 200, body: { ok: true } };
    },
  });
  const invoke = (event: unknown) => asLambda<ApiResponse>(handler)(event, lambdaContext());
  const send = (method: string, path = '/', body?: string, headers: object = {}) =>
    invoke(
      httpRequest(body, {
        rawPath: path,
        rawQueryString: 'unread=1',
        requestContext: { http: { method, path } },
        headers: { 'content-type': 'application/json', ...headers },
      }),
    );
  return { ...parts, asked, invoke, send };
};

const routes = { '/': ['POST', 'GET'], '/items': ['PUT', 'DELETE'] } as const;

const errorOf = ({ statusCode, body }: ApiResponse) => ({
  status: statusCode,
  ...JSON.parse(body).error,
});

const base64 = (bytes: Buffer | string) => Buffer.from(bytes).toString('base64');

describe('the methods and paths of an API', () => {
  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'post', ''])(
    'are POST to / unless declared, so %j does nothing',
    async (method) => {
      const { asked, send } = await setUp();
      const response = await send(method, '/', '{"operation":"write"}');
      expect(response).toMatchObject({ statusCode: 405, headers: { allow: 'OPTIONS, POST' } });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    ['GET', '/items', 'DELETE, OPTIONS, PUT'],
    ['HEAD', '/items', 'DELETE, OPTIONS, PUT'],
    ['TRACE', '/', 'GET, HEAD, OPTIONS, POST'],
  ])('are named to %s %s', async (method, path, allow) => {
    const { asked, logger, send } = await setUp(routes);
    const response = await send(method, path, method === 'HEAD' ? undefined : '{}');
    expect(response).toMatchObject({ statusCode: 405, headers: { allow } });
    if (method !== 'HEAD') {
      expect(errorOf(response)).toMatchObject({
        code: 'MethodNotAllowed',
        message: `Send one of ${allow}`,
      });
    }
    expect(asked).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'Invocation refused' }]);
  });

  it.each(['/Items', '/items/', '//', '/%69tems', '/constructor', '/__proto__', 'items'])(
    'do not include %s: 404',
    async (path) => {
      const { asked, send } = await setUp(routes);
      expect(errorOf(await send('PUT', path, '{}'))).toEqual({
        status: 404,
        code: 'NotFound',
        message: 'Nothing answers at this path: send the request to / or /items',
      });
      expect(asked).toEqual([]);
    },
  );

  it('reach the operation, with the query as it came', async () => {
    const { asked, send } = await setUp(routes);
    for (const [method, path] of [
      ['PUT', '/items'],
      ['DELETE', '/items'],
      ['POST', '/'],
      ['POST', ''],
    ] as const) {
      expect(await send(method, path, '{"a":1}')).toMatchObject({ statusCode: 200 });
    }
    const query = 'unread=1';
    expect(asked.map(({ request }) => request.http)).toEqual([
      { method: 'PUT', path: '/items', query },
      { method: 'DELETE', path: '/items', query },
      { method: 'POST', path: '/', query },
      { method: 'POST', path: '/', query },
    ]);
    expect(asked[0]?.payload).toEqual({ a: 1 });
  });

  it.each([undefined, null])('need no headers: %j', async (headers) => {
    const { invoke } = await setUp();
    const event = httpRequest(undefined, { headers });
    const requestContext = { http: { method: 'POST', path: '/' } };
    expect(await invoke({ ...event, requestContext })).toMatchObject({ statusCode: 200 });
  });

  it('are nothing to a direct invocation', async () => {
    const { asked, invoke } = await setUp({});
    expect(await invoke({ operation: 'read' })).toMatchObject({ statusCode: 200 });
    expect(asked).toEqual([
      { payload: { operation: 'read' }, request: { requestId: 'request-1' } },
    ]);
  });

  it('answer HEAD as GET, without the body, also where it fails', async () => {
    const { asked, send } = await setUp(routes, async () => ({
      status: 200,
      body: { large: true },
      headers: { etag: '"1"' },
    }));
    expect(await send('HEAD')).toMatchObject({
      statusCode: 200,
      headers: { 'content-type': 'application/json', etag: '"1"' },
      body: '',
    });
    expect(asked).toMatchObject([{ payload: {}, request: { http: { method: 'GET' } } }]);
    expect(await send('HEAD', '/nowhere')).toMatchObject({ statusCode: 404, body: '' });
  });

  it('are told to OPTIONS, which asks nothing of the service', async () => {
    const { asked, send } = await setUp(routes);
    const response = await send('OPTIONS', '/items');
    expect(response).toMatchObject({
      statusCode: 204,
      headers: { allow: 'DELETE, OPTIONS, PUT' },
      body: '',
    });
    expect(await send('OPTIONS', '/nowhere')).toMatchObject({ statusCode: 404 });
    expect(asked).toEqual([]);
  });

  it.each(['', null])('take %j for no body, as some gateways send it with GET', async (body) => {
    const { asked, invoke } = await setUp(routes);
    const requestContext = { http: { method: 'GET', path: '/' } };
    const event = httpRequest(undefined, { requestContext, body, headers: {} });
    expect(await invoke(event)).toMatchObject({ statusCode: 200 });
    expect(asked).toMatchObject([{ payload: {} }]);
  });

  it.each(['GET', 'HEAD'])('take no body with %s', async (method) => {
    const { asked, send } = await setUp(routes);
    const response = await send(method, '/', '{"operation":"write"}');
    expect(response.statusCode).toBe(400);
    if (method === 'GET') {
      expect(errorOf(response).message).toBe('Send no body with GET');
    }
    expect(asked).toEqual([]);
  });
});

describe('an event of another source than a Function URL', () => {
  it.each([
    ['a load balancer', { elb: { targetGroupArn: 'arn' } }],
    ['payload format 1.0 of API Gateway', { httpMethod: 'POST', stage: 'prod' }],
  ])('is refused: %s', async (_, requestContext) => {
    const { asked, invoke } = await setUp();
    const event = { httpMethod: 'POST', path: '/', headers: {}, body: '{}', requestContext };
    expect(errorOf(await invoke(event))).toEqual({
      status: 400,
      code: 'InvalidInput',
      message: 'HTTP events are read in payload format 2.0, as Function URLs send them',
    });
    expect(asked).toEqual([]);
  });

  it('is a payload where it only has a field of that name', async () => {
    const { asked, invoke } = await setUp();
    await invoke({ httpMethod: 'POST' });
    expect(asked[0]?.payload).toEqual({ httpMethod: 'POST' });
  });
});

describe('the content of a request', () => {
  it.each([
    'application/json',
    'APPLICATION/JSON',
    'application/json;charset=utf-8',
    'application/json ; charset=utf-8',
    'application/json;\tCharset="UTF-8"',
    'application/json; charset=utf8; version=2',
    'application/vnd.api+json',
    'application/vnd.my_co+json',
    'application/a!#$&-^_.+json; profile="a;b"',
    'application/json; profile=";charset=utf-16"; charset="u\\tf-8"',
    'application/json;;',
  ])('may be %s', async (type) => {
    const { send } = await setUp();
    for (const name of ['content-type', 'Content-Type', 'CONTENT-TYPE']) {
      const headers = { 'content-type': undefined, [name]: type };
      expect(await send('POST', '/', '{}', headers)).toMatchObject({ statusCode: 200 });
    }
  });

  it.each([
    'text/plain',
    'text/json',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json charset=utf-8',
    'application/json, application/json',
    'application/json; charset=utf-16',
    'application/json; charset="iso-8859-1"',
    'application/json; charset=utf-8; charset=utf-16',
    'application/json; charset=',
    'application/json; charset="utf-8',
    'application/json; charset = utf-16',
    'application/json; profile="a\\";charset=utf-8"; charset=utf-16',
    'application/json; profile="a;charset=utf-16',
    'application/ſjson',
    'application/jſon',
    ' application/json',
    '',
    undefined,
  ])('may not be %s', async (type) => {
    const { asked, send } = await setUp();
    const response = await send('POST', '/', '{}', { 'content-type': type });
    expect(errorOf(response)).toEqual({
      status: 415,
      code: 'UnsupportedMediaType',
      message: 'Send the content type application/json, in UTF-8',
    });
    expect(asked).toEqual([]);
  });

  it.each(['gzip', 'GZIP', 'br', 'identity, gzip', 'gzip, identity', 'x-own'])(
    'may not be coded as %s',
    async (coding) => {
      const { asked, invoke } = await setUp();
      const event = httpRequest(base64(gzipSync('{}')), {
        isBase64Encoded: true,
        headers: { 'content-type': 'application/json', 'Content-Encoding': coding },
      });
      const response = await invoke(event);
      expect(errorOf(response)).toEqual({
        status: 415,
        code: 'UnsupportedContentEncoding',
        message: 'Send the body without a content encoding',
      });
      expect(response.headers).toMatchObject({ 'accept-encoding': 'identity' });
      expect(asked).toEqual([]);
    },
  );

  it.each(['', 'identity', 'Identity', 'identity, identity'])(
    'may say that it is not coded: %j',
    async (coding) => {
      const { send } = await setUp();
      const headers = { 'content-encoding': coding };
      expect(await send('POST', '/', '{}', headers)).toMatchObject({ statusCode: 200 });
    },
  );

  it.each([
    ['a byte that begins nothing', Buffer.from([0x22, 0x87, 0x22])],
    ['half a character', Buffer.from([0x22, 0xe2, 0x82, 0x22])],
    ['a surrogate', Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22])],
    ['too long a form', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['Latin-1', Buffer.from('"é"', 'latin1')],
    ['UTF-16', Buffer.from('\ufeff"é"', 'utf16le')],
  ])('may not have %s', async (_, bytes) => {
    const { asked, invoke } = await setUp();
    const response = await invoke(httpRequest(base64(bytes), { isBase64Encoded: true }));
    expect(errorOf(response)).toMatchObject({ status: 400, message: 'The body must be UTF-8' });
    expect(asked).toEqual([]);
  });

  it('may not have half of a surrogate pair where it came as text', async () => {
    const { asked, send } = await setUp();
    expect(errorOf(await send('POST', '/', '"\ud800"'))).toMatchObject({
      status: 400,
      message: 'The body must be UTF-8',
    });
    expect(asked).toEqual([]);
  });

  it('may have the replacement character itself', async () => {
    const { asked, invoke } = await setUp();
    await invoke(httpRequest(base64('"\ufffd"'), { isBase64Encoded: true }));
    expect(asked[0]?.payload).toBe('\ufffd');
  });
});
