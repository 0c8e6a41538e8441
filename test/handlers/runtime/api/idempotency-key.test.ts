import { describe, expect, it } from 'vitest';
import { type ApiResponse, createApiHandler } from '../../../../src/handlers/runtime/index.ts';
import { asLambda, handlerParts, httpRequest, lambdaContext } from '../../../support/lambda.ts';

const setUp = async () => {
  const keys: (string | undefined)[] = [];
  const handler = createApiHandler({
    ...(await handlerParts()),
    routes: { '/': ['GET', 'POST', 'PUT'] },
    answer: async (_, _run, { idempotencyKey }) => {
      keys.push(idempotencyKey);
      return { status: 200, body: null };
    },
  });
  const send = (headers: object, method = 'POST') =>
    asLambda<ApiResponse>(handler)(
      httpRequest(method === 'GET' ? undefined : '{}', {
        requestContext: { http: { method, path: '/' } },
        headers: { 'content-type': 'application/json', ...headers },
      }),
      lambdaContext(),
    );
  return { keys, send };
};

const uuid = '8e03978e-40d5-43dd-bc93-6894a57f9324';

describe('the header Idempotency-Key', () => {
  it.each([
    [`"${uuid}"`, uuid],
    [uuid, uuid],
    ['"a b,c;d"', 'a b,c;d'],
    ['"a\\"b\\\\c"', 'a"b\\c'],
    ['order:7/a.b_c+d=', 'order:7/a.b_c+d='],
    [`"${'x'.repeat(255)}"`, 'x'.repeat(255)],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('reads %s', async (header, key) => {
    const { keys, send } = await setUp();
    for (const name of ['idempotency-key', 'Idempotency-Key', 'IDEMPOTENCY-KEY']) {
      expect(await send({ [name]: header })).toMatchObject({ statusCode: 200 });
    }
    expect(keys).toEqual([key, key, key]);
  });

  const form = `must be one text in double quotes, such as "${uuid}"`;
  it.each([
    ['', form],
    ['""', form],
    ['" "', form],
    ['a b', form],
    ['"a', form],
    ['a"', form],
    ['"a"b"', form],
    ['"a\\b"', form],
    ['"a";ttl=60', form],
    ['a;ttl=60', form],
    [`"${uuid}","${uuid}"`, form],
    [`${uuid}, ${uuid}`, form],
    ['"é"', form],
    ['é', form],
    ['"a\tb"', form],
    ['a\\b', form],
    ['x'.repeat(256), 'must have at most 255 characters'],
    [`"${'x'.repeat(256)}"`, 'must have at most 255 characters'],
    ['"'.repeat(100_000), form],
    [`"${'\\"'.repeat(50_000)}`, form],
  ])('refuses %.20s', async (header, message) => {
    const { keys, send } = await setUp();
    const { statusCode, body } = await send({ 'idempotency-key': header });
    expect([statusCode, JSON.parse(body).error]).toEqual([
      400,
      {
        code: 'InvalidInput',
        message: 'The request is not valid',
        issues: [{ field: 'Idempotency-Key', message }],
      },
    ]);
    expect(keys).toEqual([]);
  });

  it('refuses two spellings of it, which are two keys', async () => {
    const { keys, send } = await setUp();
    const headers = { 'idempotency-key': 'a', 'Idempotency-Key': 'a' };
    expect(await send(headers)).toMatchObject({ statusCode: 400 });
    expect(keys).toEqual([]);
  });

  it('is absent where none is sent, and nothing to a method that only reads', async () => {
    const { keys, send } = await setUp();
    await send({});
    await send({ 'idempotency-key': 'a' }, 'GET');
    expect(await send({ 'idempotency-key': '"' }, 'GET')).toMatchObject({ statusCode: 200 });
    await send({ 'idempotency-key': 'a' }, 'PUT');
    expect(keys).toEqual([undefined, undefined, undefined, 'a']);
  });
});
