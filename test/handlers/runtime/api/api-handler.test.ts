import { describe, expect, it, vi } from 'vitest';
import {
  Conflict,
  InvalidInput,
  InvariantViolation,
  type Logger,
  OutcomeUnknown,
  type RunContext,
  Unavailable,
} from '../../../../src/domain/kernel/index.ts';
import {
  type ApiRequest,
  type ApiResponse,
  createApiHandler,
} from '../../../../src/handlers/runtime/index.ts';
import { currentContext } from '../../../../src/handlers/runtime/log-context/log-context.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../../../support/lambda.ts';

type Asked = { readonly payload: unknown; readonly run: RunContext; readonly request: ApiRequest };
type Answer = Parameters<typeof createApiHandler>[0]['answer'];

const setUp = async (answer?: Answer, traceHeader?: string) => {
  const parts = await handlerParts();
  const asked: Asked[] = [];
  const causes: unknown[] = [];
  const error: Logger['error'] = (message, fields, cause) => {
    causes.push(cause);
    parts.logger.error(message, fields, cause);
  };
  const handler = createApiHandler({
    ...parts,
    logger: { ...parts.logger, error },
    traceHeader: () => traceHeader,
    answer: async (payload, run, request) => {
      asked.push({ payload, run, request });
      return answer ? answer(payload, run, request) : { status: 200, body: { ok: true } };
    },
  });
  const invoke = (event: unknown, context = lambdaContext()) =>
    asLambda<ApiResponse>(handler)(event, context);
  return { ...parts, asked, causes, invoke };
};

const errorOf = ({ statusCode, body }: ApiResponse) => ({
  status: statusCode,
  ...JSON.parse(body).error,
});

describe('an API handler', () => {
  it('answers a direct invocation with status, headers and one line of JSON', async () => {
    const { asked, invoke } = await setUp(async () => ({
      status: 201,
      body: { text: 'two\nlines', missing: undefined },
      headers: { 'x-own': 'yes' },
    }));
    const payload = { operation: 'write', amount: 100.5 };
    expect(await invoke(payload)).toEqual({
      statusCode: 201,
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'x-own': 'yes',
      },
      body: '{"text":"two\\nlines"}',
    });
    expect(asked[0]).toMatchObject({ payload, request: { requestId: 'request-1' } });
  });

  it('gives each line of its log, and what it causes, the ids that its caller gives', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const headers = {
      'content-type': 'application/json',
      ...{ 'x-correlation-id': 'c-1', traceparent },
    };
    const { asked, invoke, logger } = await setUp(async () => {
      throw new Unavailable('away');
    });
    await invoke(httpRequest('{}', { headers }));
    await invoke(httpRequest('no JSON', { headers }));
    const ids = { requestId: 'request-1', correlationid: 'c-1', traceparent };
    expect(logger.lines).toMatchObject([
      { message: 'Invocation failed', fields: ids },
      { message: 'Invocation refused', fields: ids },
    ]);
    expect(asked[0]?.run.causation).toEqual({ correlationid: 'c-1', traceparent });
  });

  it('runs middlewares that are added to it in the context of the invocation', async () => {
    const parts = await handlerParts();
    const answer = async () => ({ status: 200, body: {} });
    const seen: unknown[] = [];
    const handler = createApiHandler({ ...parts, answer }).use({
      before: () => void seen.push(currentContext()),
    });
    await asLambda(handler)({}, lambdaContext('r-7'));
    expect(seen).toEqual([{ requestId: 'r-7', correlationid: 'r-7' }]);
  });

  it.each([undefined, null])(
    'takes a direct invocation with %j for one that asks nothing',
    async (event) => {
      const { asked, invoke } = await setUp();
      await invoke(event);
      expect(asked[0]?.payload).toEqual({});
    },
  );

  it('passes on a payload that is no object, for the operation to judge', async () => {
    const { asked, invoke } = await setUp();
    for (const event of ['text', 7, [1]]) await invoke(event);
    expect(asked.map(({ payload }) => payload)).toEqual(['text', 7, [1]]);
  });

  it('answers HTTP like a direct invocation with the same payload', async () => {
    const { asked, invoke } = await setUp();
    const payload = { operation: 'write', amount: 100.5, description: 'é' };
    const direct = await invoke(payload);
    expect(await invoke(httpRequest(JSON.stringify(payload)))).toEqual(direct);
    expect(asked[1]?.payload).toEqual(asked[0]?.payload);
  });

  it('reads a body in base64', async () => {
    const { asked, invoke } = await setUp();
    const body = Buffer.from('{"description":"é"}').toString('base64');
    await invoke(httpRequest(body, { isBase64Encoded: true }));
    expect(asked[0]?.payload).toEqual({ description: 'é' });
  });

  it('takes a request without a body for one that asks nothing, whatever its content type', async () => {
    const { asked, invoke } = await setUp();
    const requestContext = { http: { method: 'POST', path: '/' } };
    expect(await invoke(httpRequest(undefined, { headers: {}, requestContext }))).toMatchObject({
      statusCode: 200,
    });
    expect(asked[0]?.payload).toEqual({});
  });

  it('passes on a body that is JSON but no object, for the operation to judge', async () => {
    const { asked, invoke } = await setUp();
    for (const body of ['null', '[]', '"text"']) await invoke(httpRequest(body));
    expect(asked.map(({ payload }) => payload)).toEqual([null, [], 'text']);
  });

  it.each([
    ['application/json; charset=utf-8', 200],
    ['application/vnd.api+json', 200],
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    [undefined, 415],
  ])('answers a body of the content type %s with %i', async (type, status) => {
    const headers = type === undefined ? {} : { 'content-type': type };
    const { invoke } = await setUp();
    const response = await invoke(httpRequest('{}', { headers }));
    expect(response.statusCode).toBe(status);
    if (status === 415) {
      expect(errorOf(response)).toEqual({
        status: 415,
        code: 'UnsupportedMediaType',
        message: 'Send the content type application/json, in UTF-8',
      });
    }
  });

  it.each([
    '',
    '{',
    '{"amount":NaN}',
    "{'amount':1}",
    'operation=write',
    '{"amount":1}{"amount":2}',
    '{"__proto__":{"amount":1}}',
    '{"constructor":{"prototype":{}}}',
    '\u0000',
  ])('refuses the body %j, which is no JSON object', async (body) => {
    const { asked, invoke } = await setUp();
    expect(errorOf(await invoke(httpRequest(body)))).toEqual({
      status: 400,
      code: 'InvalidInput',
      message: 'The body must be a JSON object',
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['as text', 'x'.repeat(256 * 1024 + 1), false],
    ['as text of many bytes', '漢'.repeat(100_000), false],
    ['in base64', Buffer.alloc(256 * 1024 + 1, 'x').toString('base64'), true],
  ])('refuses a body that is too large %s', async (_, body, isBase64Encoded) => {
    const { asked, invoke } = await setUp();
    expect(errorOf(await invoke(httpRequest(body, { isBase64Encoded })))).toEqual({
      status: 413,
      code: 'ContentTooLarge',
      message: 'The body must have at most 262144 bytes',
    });
    expect(asked).toEqual([]);
  });

  it('reads a body that is as large as it may be', async () => {
    const { invoke } = await setUp();
    const body = JSON.stringify({ text: 'x'.repeat(256 * 1024 - 11) });
    expect(Buffer.byteLength(body)).toBe(256 * 1024);
    expect(await invoke(httpRequest(body))).toMatchObject({ statusCode: 200 });
    const encoded = Buffer.from(body).toString('base64');
    const response = await invoke(httpRequest(encoded, { isBase64Encoded: true }));
    expect(response).toMatchObject({ statusCode: 200 });
  });

  it('refuses a number that would be rounded on the way, and names its field', async () => {
    const { asked, invoke } = await setUp();
    const response = await invoke(httpRequest('{"amount":1234567890123456.78}'));
    expect(errorOf(response)).toMatchObject({
      status: 400,
      issues: [{ field: 'amount', message: 'must be a text: the number has too many digits' }],
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['1e400', 'is out of range'],
    ['-1e400', 'is out of range'],
    ['1e-400', 'is out of range'],
    ['123456789012345e-330', 'has too many digits'],
    ['9007199254740993', 'has too many digits'],
    ['1234567890123456.78', 'has too many digits'],
  ])('refuses %s, which JavaScript cannot hold', async (number, why) => {
    const { asked, invoke } = await setUp();
    for (const isBase64Encoded of [false, true]) {
      const json = `{"items":[{"amount":1}],"amount":${number}}`;
      const body = isBase64Encoded ? Buffer.from(json).toString('base64') : json;
      expect(errorOf(await invoke(httpRequest(body, { isBase64Encoded })))).toMatchObject({
        status: 400,
        issues: [{ field: 'amount', message: `must be a text: the number ${why}` }],
      });
    }
    expect(asked).toEqual([]);
  });

  it.each(['9007199254740992', '0.1000000000000000', '100000000000000000'])(
    'takes %s, which JavaScript holds exactly',
    async (number) => {
      const { invoke } = await setUp();
      expect(await invoke(httpRequest(`{"amount":${number}}`))).toMatchObject({ statusCode: 200 });
    },
  );

  it.each([2_000, 6_000, 100_000])('refuses %i levels, and a number below them', async (levels) => {
    const { asked, invoke } = await setUp();
    const json = `{"a":${'['.repeat(levels)}1e400${']'.repeat(levels)}}`;
    expect(errorOf(await invoke(httpRequest(json)))).toMatchObject({
      status: 400,
      message: 'JSON may be nested 1000 levels deep at most',
    });
    expect(asked).toEqual([]);
  });

  it('reads numbers without the source text that a reviver may be given', async () => {
    const { parse } = JSON;
    const { asked, invoke } = await setUp();
    vi.spyOn(JSON, 'parse').mockImplementation((text, reviver) =>
      parse(text, reviver && ((key, value) => reviver.call({}, key, value))),
    );
    try {
      const answers = await Promise.all(
        ['1e400', '100.50'].map((number) => invoke(httpRequest(`{"amount":${number}}`))),
      );
      expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 200]);
    } finally {
      vi.restoreAllMocks();
    }
    expect(asked).toHaveLength(1);
  });

  it.each([
    [new InvalidInput('wrong'), 400, 'InvalidInput', 'wrong'],
    [new Conflict('secret'), 503, 'Conflict', 'Send the same request again'],
    [new Unavailable('secret'), 503, 'Unavailable', 'Send the same request again'],
    [new OutcomeUnknown('secret'), 503, 'OutcomeUnknown', 'Send the same request again'],
    [
      new InvariantViolation('secret'),
      500,
      'InvariantViolation',
      'This is a fault of the service; it has been logged',
    ],
    [
      new TypeError('secret'),
      500,
      'InvariantViolation',
      'This is a fault of the service; it has been logged',
    ],
  ])('answers %s with %i', async (error, status, code, message) => {
    const { invoke, logger, flushes } = await setUp(async () => {
      throw error;
    });
    const response = await invoke({});
    expect(errorOf(response)).toEqual({ status, code, message });
    expect(response.headers['retry-after']).toBe(status === 503 ? '1' : undefined);
    expect(response.body).not.toContain('\n');
    expect(JSON.stringify(response)).not.toContain('secret');
    const level = status === 400 ? 'warn' : 'error';
    expect(logger.lines).toMatchObject([{ level, fields: { requestId: 'request-1' } }]);
    expect(flushes()).toBe(1);
  });

  it('says which fields are wrong, one line each, and repeats no more of a name than a person reads', async () => {
    const { invoke } = await setUp(async () => {
      throw new InvalidInput('The request is not valid', {
        issues: [
          { field: 'amount', message: 'is required' },
          { field: 'x'.repeat(1_000_000), message: 'is not a field of write' },
        ],
      });
    });
    expect(errorOf(await invoke({}))).toMatchObject({
      status: 400,
      issues: [
        { field: 'amount', message: 'is required' },
        { field: 'x'.repeat(100), message: 'is not a field of write' },
      ],
    });
  });

  it.each([
    ...[400, 404, 415, 422, 429].map((statusCode) =>
      Object.assign(new Error('own'), { statusCode }),
    ),
    ...['@middy/validator', '@middy/http-json-body-parser'].map((name) =>
      Object.assign(new Error('own', { cause: { package: name } }), { statusCode: 422 }),
    ),
    { statusCode: 422 },
  ])(
    'takes the status of an error of the service, %o, for no word about the request',
    async (error) => {
      const { invoke, logger } = await setUp(async () => {
        throw error;
      });
      for (const event of [{}, httpRequest('{}')]) {
        expect(errorOf(await invoke(event))).toEqual({
          status: 500,
          code: 'InvariantViolation',
          message: 'This is a fault of the service; it has been logged',
        });
      }
      expect(logger.lines).toMatchObject([
        { level: 'error', message: 'Invocation failed' },
        { level: 'error', message: 'Invocation failed' },
      ]);
    },
  );

  it.each([
    ['x-note', 'a\r\nset-cookie: b'],
    ['x-note', 'a\u0000'],
    ['x-note', '你'],
    ['x note', 'a'],
    ['x-\u212aey', 'a'],
    ['', 'a'],
  ])('answers 500 for the header %j of %j, and logs its name', async (name, value) => {
    const headers = { 'x-fine': 'é', [name]: value };
    const { causes, invoke } = await setUp(async () => ({ status: 200, body: {}, headers }));
    const response = await invoke({});
    expect(errorOf(response)).toMatchObject({ status: 500, code: 'InvariantViolation' });
    expect(Object.keys(response.headers)).not.toContain(name);
    expect(causes).toMatchObject([
      { message: `An answer has a header that HTTP cannot carry: ${JSON.stringify(name)}` },
    ]);
    expect(String(causes[0])).not.toContain('set-cookie');
  });

  it.each([99, 100, 199, 600, 200.5, Number.NaN])(
    'answers 500 for the status %j, and logs it',
    async (status) => {
      const { causes, invoke } = await setUp(async () => ({ status, body: {} }));
      expect(errorOf(await invoke({}))).toMatchObject({ status: 500 });
      expect(causes).toMatchObject([
        { message: `An answer has the status ${status}: give it one of 200 to 599` },
      ]);
    },
  );

  it.each(['constructor', 'toString', '__proto__'])(
    'answers 500 for an error of the name %s, and logs it',
    async (name) => {
      const error = Object.assign(new Error('own'), { name });
      const { causes, invoke } = await setUp(async () => {
        throw error;
      });
      expect(errorOf(await invoke({}))).toMatchObject({ status: 500 });
      expect(causes).toEqual([error]);
    },
  );

  it.each([undefined, null, 'text', 7])('answers also when %j was thrown', async (thrown) => {
    const { invoke } = await setUp(async () => {
      throw thrown;
    });
    expect(errorOf(await invoke({}))).toMatchObject({ status: 500, code: 'InvariantViolation' });
  });

  it('gives the work its time less what answering takes', async () => {
    const { asked, clock, invoke } = await setUp();
    await invoke({}, lambdaContext('r', 10_000));
    expect(asked[0]?.run).toMatchObject({ now: clock.now(), deadline: clock.now() + 9_500 });
  });

  it('passes on the trace of the invocation and who caused it', async () => {
    const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';
    const { asked, invoke } = await setUp(undefined, header);
    await invoke({});
    expect(asked[0]?.run.causation).toEqual({
      correlationid: 'request-1',
      traceparent: '00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01',
    });
  });

  it('knows of no trace where there is none', async () => {
    const { asked, invoke } = await setUp();
    await invoke({});
    expect(asked[0]?.run.causation).toStrictEqual({ correlationid: 'request-1' });
  });

  it('writes its metrics when it has answered', async () => {
    const { flushes, invoke, logger } = await setUp();
    await invoke({});
    expect(flushes()).toBe(1);
    expect(logger.lines).toEqual([]);
  });

  it.each<[string, number, Answer]>([
    ['an answer of 503', 1, async () => ({ status: 503, body: {} })],
    ['an answer of 422', 0, async () => ({ status: 422, body: {} })],
    ['a fault that is answered by 503', 1, () => Promise.reject(new Unavailable('away'))],
    ['an error that is answered by 500', 1, () => Promise.reject(new Error('bug'))],
    ['a fault of the caller', 0, () => Promise.reject(new InvalidInput('no'))],
  ])('counts as failed, before the metrics are written: %s (%i)', async (_, count, answer) => {
    const { metrics, invoke } = await setUp(answer);
    const written: number[] = [];
    const flush = () => void written.push(metrics.sum('ApiFailed'));
    vi.spyOn(metrics, 'flush').mockImplementation(flush);
    await invoke({});
    expect(written).toEqual([count]);
  });
});
