import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  awsJsonRoute,
  integer,
  operation,
  timestamp,
} from '../../../../packages/cli/src/local/aws-json.ts';
import type { HttpRequest, HttpResponse } from '../../../../packages/local-dsql/src/http/http.ts';

const ran: unknown[] = [];

const route = awsJsonRoute({
  target: 'Service',
  version: '1.1',
  alsoAt: (path) => path.startsWith('/queues/'),
  operations: {
    Run: operation(
      v.strictObject({
        Text: v.string(),
        Count: v.optional(integer),
        Time: v.optional(timestamp),
        List: v.optional(v.array(v.string())),
        Any: v.optional(v.unknown()),
      }),
      (input, { headers }) => {
        ran.push(input);
        return { Trace: headers['x-amzn-trace-id'] };
      },
    ),
  },
});

type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

const read = ({ status, body }: HttpResponse): Answer => ({
  status,
  body: JSON.parse(String(body)) as Answer['body'],
});

const call = async (body: string | Buffer, changes: Partial<HttpRequest> = {}) => {
  const response = await route({
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    rawQuery: '',
    headers: { 'x-amz-target': 'Service.Run', 'x-amzn-trace-id': 'Root=1' },
    body: Buffer.from(body),
    ...changes,
  });
  return response && read(response);
};

const serialization = (text: string): Answer => ({
  status: 400,
  body: expect.objectContaining({
    __type: 'SerializationException',
    message: expect.stringContaining(text),
  }),
});

describe('a service of JSON over HTTP', () => {
  it('gives an operation its input and the request', async () => {
    expect(await call('{"Text":"é","Count":1}')).toEqual({
      status: 200,
      body: { Trace: 'Root=1' },
    });
    expect(ran.at(-1)).toEqual({ Text: 'é', Count: 1 });
  });

  it.each([
    ['a byte that begins no character', [0xff]],
    ['half of a character', [0xc3]],
    ['an overlong character', [0xc0, 0xaf]],
    ['half of a surrogate pair', [0xed, 0xa0, 0x80]],
    ['a character beyond Unicode', [0xf4, 0x90, 0x80, 0x80]],
  ])('refuses a text with %s', async (_title, bytes) => {
    const before = ran.length;
    const body = Buffer.concat([Buffer.from('{"Text":"'), Buffer.from(bytes), Buffer.from('"}')]);
    expect(await call(body)).toEqual(serialization('is not valid UTF-8'));
    expect(ran).toHaveLength(before);
  });

  it.each(['{', '[]', '1', '"a"', 'null', '[{"Text":"a"}]'])(
    'refuses %s, which is no JSON object',
    async (body) => {
      expect(await call(body)).toEqual(serialization('is not'));
    },
  );

  it.each([
    [{ Text: 1 }, 'NUMBER_VALUE cannot be converted to String (Text)'],
    [{ Text: false }, 'FALSE_VALUE cannot be converted to String (Text)'],
    [{ Text: {} }, 'START_OBJECT cannot be converted to String (Text)'],
    [{ Text: 'a', Count: '1' }, 'STRING_VALUE cannot be converted to Integer (Count)'],
    [{ Text: 'a', Count: 1.5 }, 'NUMBER_VALUE cannot be converted to Integer (Count)'],
    [{ Text: 'a', Time: '2026-01-01' }, 'STRING_VALUE cannot be converted to Date (Time)'],
    [{ Text: 'a', List: 'a' }, 'STRING_VALUE cannot be converted to List (List)'],
    [{ Text: 'a', List: ['a', 1] }, 'NUMBER_VALUE cannot be converted to String (List.1)'],
    [{ Other: 1, Count: [] }, 'START_ARRAY cannot be converted to Integer (Count)'],
  ])('refuses the types of %j', async (input, text) => {
    expect(await call(JSON.stringify(input))).toEqual(serialization(text));
  });

  it.each([
    ['{}', 'Text'],
    ['', 'Text'],
    ['{"Text":null}', 'Text'],
    ['{"Text":"a","Other":1}', 'Other'],
    ['{"Text":"a","__proto__":{}}', '__proto__'],
  ])('refuses %s with the name of a parameter', async (body, name) => {
    expect(await call(body)).toEqual({
      status: 400,
      body: {
        __type: 'ValidationException',
        message: expect.stringContaining(name),
      },
    });
  });

  it('reads a member that is null as absent', async () => {
    await call('{"Text":"a","Count":null,"List":null}');
    expect(ran.at(-1)).toEqual({ Text: 'a' });
  });

  it('needs no stack for the depth of a value', async () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(await call(`{"Text":"a","Any":${deep}}`)).toMatchObject({ status: 200 });
    expect(await call(`{"Text":${deep}}`)).toEqual(serialization('START_ARRAY'));
  });

  it.each(['PUT', 'GET', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'post'])(
    'runs nothing by %s',
    async (method) => {
      const before = ran.length;
      for (const path of ['/', '/queues/q']) {
        expect(await call('{"Text":"a"}', { method, path })).toEqual({
          status: 404,
          body: expect.objectContaining({ __type: 'UnknownOperationException' }),
        });
      }
      expect(await call('{"Text":"a"}', { method, path: '/elsewhere' })).toBeUndefined();
      expect(ran).toHaveLength(before);
    },
  );

  it.each(['/elsewhere', '//', '/2015-03-31/functions/f/invocations', '/function-urls/f/'])(
    'leaves the path %s to others',
    async (path) => {
      expect(await call('{"Text":"a"}', { path })).toBeUndefined();
    },
  );

  it('runs nothing under a name that only begins like an operation', async () => {
    const headers = { 'x-amz-target': 'Service.Run.Other' };
    expect(await call('{"Text":"a"}', { headers })).toEqual({
      status: 400,
      body: expect.objectContaining({ __type: 'UnknownOperationException' }),
    });
  });

  it('answers at the paths that a service has besides', async () => {
    expect(await call('{"Text":"a"}', { path: '/queues/q' })).toMatchObject({ status: 200 });
  });
});
