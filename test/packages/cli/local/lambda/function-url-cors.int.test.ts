import { expect, onTestFinished, test } from 'vitest';
import { createFunctionUrls } from '../../../../../packages/cli/src/local/lambda/index.ts';
import { readCors } from '../../../../../packages/cli/src/local/template/read-cors.ts';
import { startHttpServer } from '../../../../../packages/local-dsql/src/http/http-server.ts';
import { functionOf } from './support.ts';

const code = `
  let calls = 0;
  export const handler = async ({ requestContext: { http } }) => ({
    statusCode: 200, headers: { 'x-calls': String(++calls) }, body: http.method,
  });`;

const serve = async (cors?: Parameters<typeof readCors>[0]): Promise<string> => {
  const target = await functionOf(code);
  const parsed = readCors(cors);
  const route = createFunctionUrls({ functionNamed: () => target, corsOf: () => parsed });
  const server = await startHttpServer({ port: 0, routes: [route] });
  onTestFinished(server.stop);
  return `${server.url}/function-urls/antipode-sample/`;
};

const origin = 'http://localhost:3000';
const preflight = { origin, 'access-control-request-method': 'POST' };

const ask = async (url: string, method: string, headers: Readonly<Record<string, string>>) => {
  const answer = await fetch(url, { method, headers });
  const {
    'content-type': _,
    date: __,
    connection: ___,
    ...rest
  } = Object.fromEntries(answer.headers);
  return { status: answer.status, headers: rest, body: await answer.text() };
};

test('answers a preflight itself where the URL’s Cors names the origin', async () => {
  const url = await serve({
    AllowOrigins: [origin],
    AllowMethods: ['GET', 'POST'],
    AllowHeaders: ['content-type'],
    ExposeHeaders: ['x-calls'],
    AllowCredentials: true,
    MaxAge: 60,
  });
  const granted = {
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-calls',
    vary: 'Origin',
  };
  expect(await ask(url, 'OPTIONS', preflight)).toMatchObject({
    status: 200,
    headers: {
      ...granted,
      'access-control-allow-methods': 'GET,POST',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '60',
    },
    body: '',
  });
  expect(await ask(url, 'POST', { origin })).toMatchObject({
    status: 200,
    headers: { ...granted, 'x-calls': '1' },
    body: 'POST',
  });
});

test('names no origin where every origin may read the answer', async () => {
  const url = await serve({ AllowOrigins: ['*'] });
  const { headers } = await ask(url, 'GET', { origin: 'https://example.com' });
  expect(headers).toMatchObject({ 'access-control-allow-origin': '*' });
});

test.each([
  ['without Cors', undefined],
  ['whose Cors names no origin', { AllowMethods: ['*'] }],
  ['whose Cors names another origin', { AllowOrigins: ['http://localhost:3001'] }],
])('refuses a page of another origin at a URL %s, and runs nothing', async (_where, cors) => {
  const url = await serve(cors);
  expect((await ask(url, 'OPTIONS', preflight)).status).toBe(403);
  expect((await ask(url, 'POST', { origin })).status).toBe(403);
  expect((await ask(url, 'GET', {})).headers['x-calls']).toBe('1');
});

test('hands a preflight of a program to the function, as Lambda does without Cors', async () => {
  const url = await serve();
  expect(await ask(url, 'OPTIONS', {})).toMatchObject({ status: 200, body: 'OPTIONS' });
});

test('runs a function that sees nothing of the secret that its runtime holds', async () => {
  const target = await functionOf(
    `export const handler = async () => Object.keys(process.env).filter((name) => /TOKEN|ANTIPODE/.test(name));`,
  );
  expect((await target.invoke('{}')).payload).toBe('[]');
});
