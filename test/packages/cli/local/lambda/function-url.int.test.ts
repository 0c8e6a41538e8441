import { expect, onTestFinished, test, vi } from 'vitest';
import {
  createFunctionUrls,
  type LocalFunctionOptions,
} from '../../../../../packages/cli/src/local/lambda/index.ts';
import { startHttpServer } from '../../../../../packages/local-dsql/src/http/http-server.ts';
import { functionOf } from './support.ts';

const serve = async (
  code: string,
  options: Partial<LocalFunctionOptions> = {},
): Promise<string> => {
  const target = await functionOf(code, options);
  const route = createFunctionUrls({
    functionNamed: (name) => (name === 'antipode-sample' ? target : undefined),
  });
  const server = await startHttpServer({ port: 0, routes: [route] });
  onTestFinished(server.stop);
  return `${server.url}/function-urls/antipode-sample`;
};

test('invokes the function with the path below its prefix', async () => {
  const url = await serve(`
    export const handler = async ({ rawPath, requestContext: { http }, body }) => ({
      statusCode: 201,
      headers: { 'content-type': 'text/plain' },
      body: [rawPath, http.method, body].join(' '),
    });`);
  const answer = await fetch(`${url}/transactions/a%2Fb?limit=3`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{"n":1}',
  });
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    201,
    'text/plain',
    '/transactions/a%2Fb PUT {"n":1}',
  ]);
});

test('sends the whole body, whatever length and coding the function says', async () => {
  const url = await serve(`
    export const handler = async ({ body }) => ({
      statusCode: 200, headers: JSON.parse(body), body: 'whole',
    });`);
  for (const headers of [
    { 'content-length': '1' },
    { 'content-length': '50' },
    { 'transfer-encoding': 'gzip' },
    { connection: 'upgrade', upgrade: 'websocket' },
  ]) {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(headers),
    });
    expect([answer.status, await answer.text()]).toEqual([200, 'whole']);
  }
});

test('serves the prefix itself, with and without a slash, as the root', async () => {
  const url = await serve('export const handler = async ({ rawPath }) => rawPath;');
  expect(await (await fetch(url)).text()).toBe('/');
  expect(await (await fetch(`${url}/`)).text()).toBe('/');
});

test('answers 502 when the function fails', async () => {
  const url = await serve(`export const handler = async () => { throw new Error('secret'); };`);
  const answer = await fetch(url);
  expect([answer.status, await answer.text()]).toEqual([502, 'Internal Server Error']);
});

test('answers 502 for a header that HTTP cannot carry, and says which', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => {});
  onTestFinished(() => said.mockRestore());
  const url = await serve(`
    export const handler = async () => ({ statusCode: 200, headers: { 'x-note': '你' } });`);
  expect((await fetch(url)).status).toBe(502);
  expect(said.mock.calls).toEqual([
    ['502 for antipode-sample: its answer has the header "x-note", which HTTP cannot carry'],
  ]);
});

test('answers 429 above the reserved concurrency', async () => {
  const url = await serve('export const handler = async () => 1;', { reservedConcurrency: 0 });
  expect((await fetch(url)).status).toBe(429);
});

test('answers 404 for a function that has no URL', async () => {
  const url = await serve('export const handler = async () => 1;');
  expect((await fetch(url.replace('antipode-sample', 'other'))).status).toBe(404);
});

test('answers 503 when the function is stopped before it has answered', async () => {
  const target = await functionOf(
    'export const handler = () => new Promise((resolve) => setTimeout(resolve, 60_000));',
  );
  const server = await startHttpServer({
    port: 0,
    routes: [createFunctionUrls({ functionNamed: () => target })],
  });
  onTestFinished(server.stop);
  await target.warmUp();
  const answer = fetch(`${server.url}/function-urls/antipode-sample/`);
  await new Promise((resolve) => setTimeout(resolve, 100));
  await target.stop();
  expect((await answer).status).toBe(503);
});
