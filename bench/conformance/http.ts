import { gzipSync } from 'node:zlib';
import {
  createFunctionUrls,
  type LocalFunction,
} from '../../packages/cli/src/local/lambda/index.ts';
import { startHttpServer } from '../../packages/local-dsql/src/http/http-server.ts';
import { createMemoryLogger, createMemoryMetrics } from '../../src/adapters/memory/index.ts';
import { systemClock } from '../../src/adapters/system/index.ts';
import { createApiHandler } from '../../src/handlers/runtime/index.ts';
import { type ConformanceCase, conformanceGroup } from './conformance-group.ts';

const functionUrls = 'https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html';
const idempotencyKey =
  'https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/';
const rfc9110 = (section: string) => `https://www.rfc-editor.org/rfc/rfc9110#section-${section}`;

type Event = Readonly<Record<string, unknown>> & { readonly body?: string };
type Handler = (event: Event, context: object) => unknown;

/** A function that runs in this process, without Lambda's runtime. */
const inProcess = (name: string, handler: Handler) =>
  ({
    configuration: { name },
    invoke: async (payload: string) => {
      const context = { awsRequestId: name, getRemainingTimeInMillis: () => 30_000 };
      const answer = (await handler(JSON.parse(payload) as Event, context)) ?? null;
      return { requestId: name, payload: JSON.stringify(answer), logTail: '' };
    },
  }) as unknown as LocalFunction;

const startFunctions = async () => {
  const done: unknown[] = [];
  const api = createApiHandler({
    clock: systemClock,
    logger: createMemoryLogger(),
    metrics: { ...createMemoryMetrics(), flush: () => {} },
    tracer: { span: (_, work) => work() },
    traceHeader: () => undefined,
    routes: { '/': ['GET', 'POST'] },
    answer: async (payload, _, { idempotencyKey: key = null }) => {
      done.push(payload);
      return { status: 200, body: { key } };
    },
  });
  const handlers: Readonly<Record<string, Handler>> = {
    api: api as unknown as Handler,
    /** Returns the event that it was given. */
    event: (event) => event,
    /** Returns what the body of the request says. */
    answer: ({ body = 'null' }) => JSON.parse(body) as unknown,
  };
  const route = createFunctionUrls({
    functionNamed: (name) => {
      const handler = Object.hasOwn(handlers, name) ? handlers[name] : undefined;
      return handler && inProcess(name, handler);
    },
  });
  const server = await startHttpServer({ port: 0, routes: [route] });
  const send = async (name: string, request: RequestInit, path = '/') => {
    const url = `${server.url}/function-urls/${name}${path}`;
    const response = await fetch(url, { method: 'POST', ...request });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { send, done, stop: server.stop };
};

type Functions = Awaited<ReturnType<typeof startFunctions>>;
type Case = ConformanceCase<Functions>;

const json = { 'content-type': 'application/json' };

const eventOf = async ({ send }: Functions, request: RequestInit, path?: string) =>
  JSON.parse((await send('event', request, path)).text) as Event;

const answerOf = async ({ send }: Functions, answer: unknown) => {
  const body = JSON.stringify(answer);
  const { status, headers, text } = await send('answer', { headers: json, body });
  return { status, type: headers.get('content-type'), text };
};

const functionUrlCases: readonly Case[] = [
  {
    title: 'a body of JSON reaches the function as text',
    source: functionUrls,
    expected: { body: '{"a":"é"}', isBase64Encoded: false },
    ask: async (functions) => {
      const event = await eventOf(functions, { headers: json, body: '{"a":"é"}' });
      return { body: event.body, isBase64Encoded: event['isBase64Encoded'] };
    },
  },
  {
    title: 'a binary body reaches the function in base64',
    source: functionUrls,
    expected: { body: '/wA=', isBase64Encoded: true },
    ask: async (functions) => {
      const headers = { 'content-type': 'application/octet-stream' };
      const event = await eventOf(functions, { headers, body: Buffer.from([0xff, 0]) });
      return { body: event.body, isBase64Encoded: event['isBase64Encoded'] };
    },
  },
  {
    title: 'a parameter that is sent twice has both values, joined by a comma',
    source: functionUrls,
    expected: ['a=1&a=2&b=3', { a: '1,2', b: '3' }],
    ask: async (functions) => {
      const event = await eventOf(functions, {}, '/?a=1&a=2&b=3');
      return [event['rawQueryString'], event['queryStringParameters']];
    },
  },
  {
    title: 'cookies are a list of their own',
    source: functionUrls,
    expected: ['a=1', 'b=2'],
    ask: async (functions) =>
      (await eventOf(functions, { headers: { cookie: 'a=1; b=2' } }))['cookies'],
  },
  {
    title: 'an answer without a status is a body of JSON with 200',
    source: functionUrls,
    expected: { status: 200, type: 'application/json', text: '{"message":"Hello, world!"}' },
    ask: (functions) => answerOf(functions, { message: 'Hello, world!' }),
  },
  {
    title: 'an answer that is a text is the body as it is',
    source: functionUrls,
    expected: { status: 200, type: 'application/json', text: 'Hello, world!' },
    ask: (functions) => answerOf(functions, 'Hello, world!'),
  },
  {
    title: 'an answer with a status has its own headers and body',
    source: functionUrls,
    expected: { status: 201, type: 'text/plain', text: 'done' },
    ask: (functions) =>
      answerOf(functions, {
        statusCode: 201,
        headers: { 'Content-Type': 'text/plain' },
        body: 'done',
      }),
  },
];

/** The status and one header of an answer to an API, and whether its operation has run. */
const asked = async (
  { send, done }: Functions,
  request: RequestInit,
  header?: string,
  path?: string,
) => {
  const before = done.length;
  const { status, headers } = await send('api', request, path);
  const ran = done.length > before;
  return header === undefined ? { status, ran } : { status, ran, [header]: headers.get(header) };
};

const apiCases: readonly Case[] = [
  {
    title: 'a method that is not declared is 405, which names the others',
    source: rfc9110('15.5.6'),
    expected: { status: 405, ran: false, allow: 'GET, HEAD, OPTIONS, POST' },
    ask: (functions) => asked(functions, { method: 'DELETE', headers: json, body: '{}' }, 'allow'),
  },
  {
    title: 'a path that is not declared is 404',
    source: rfc9110('15.5.5'),
    expected: { status: 404, ran: false },
    ask: (functions) => asked(functions, { headers: json, body: '{}' }, undefined, '/elsewhere'),
  },
  {
    title: 'HEAD has the status of GET',
    source: rfc9110('9.3.2'),
    expected: { status: 200, ran: true },
    ask: (functions) => asked(functions, { method: 'HEAD' }),
  },
  {
    title: 'a content coding that is not taken is 415, which says what is',
    source: rfc9110('15.5.16'),
    expected: { status: 415, ran: false, 'accept-encoding': 'identity' },
    ask: (functions) => {
      const headers = { ...json, 'content-encoding': 'gzip' };
      return asked(functions, { headers, body: gzipSync('{}') }, 'accept-encoding');
    },
  },
  {
    title: 'a body that is too large is 413',
    source: rfc9110('15.5.14'),
    expected: { status: 413, ran: false },
    ask: (functions) =>
      asked(functions, { headers: json, body: JSON.stringify('x'.repeat(256 * 1024)) }),
  },
  {
    title: 'JSON that is not UTF-8 is refused',
    source: 'https://www.rfc-editor.org/rfc/rfc8259#section-8.1',
    expected: { status: 400, ran: false },
    ask: (functions) => asked(functions, { headers: json, body: Buffer.from('"é"', 'latin1') }),
  },
  {
    title: 'blanks before the parameters of a content type are allowed',
    source: rfc9110('5.6.6'),
    expected: { status: 200, ran: true },
    ask: (functions) => {
      const headers = { 'content-type': 'application/json ; charset=utf-8' };
      return asked(functions, { headers, body: '{}' });
    },
  },
  {
    title: 'an Idempotency-Key is a text in quotes',
    source: idempotencyKey,
    expected: '{"key":"8e03978e"}',
    ask: async ({ send }) => {
      const headers = { ...json, 'Idempotency-Key': '"8e03978e"' };
      return (await send('api', { headers, body: '{}' })).text;
    },
  },
  {
    title: 'an Idempotency-Key that is a list is refused',
    source: idempotencyKey,
    expected: { status: 400, ran: false },
    ask: (functions) => {
      const headers = { ...json, 'Idempotency-Key': '"a", "b"' };
      return asked(functions, { headers, body: '{}' });
    },
  },
];

/** A Function URL, and the framework's handler behind one. */
export const httpGroup = conformanceGroup({
  name: 'http',
  start: startFunctions,
  cases: [...functionUrlCases, ...apiCases],
});
