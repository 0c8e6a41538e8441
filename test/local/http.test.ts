import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type HttpServer, startHttpServer } from '../../local/http.ts';

let server: HttpServer;

beforeAll(async () => {
  server = await startHttpServer({ port: 0, routes: [() => ({ status: 200, body: 'answered' })] });
});

afterAll(() => server.stop());

const statusFor = (headers: Readonly<Record<string, string>>): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const sent = request(server.url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end('{}');
  });

describe('a port of the local stack', () => {
  it.each([
    ['an SDK or a command line', {}],
    ['a page of this machine', { origin: 'http://localhost:3000' }],
    ['another name of this machine', { host: 'localhost:4100' }],
  ])('answers %s', async (_who, headers) => {
    expect(await statusFor(headers)).toBe(200);
  });

  it.each([
    ['a page from elsewhere', { origin: 'https://example.com' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a name that was bent to this machine', { host: 'rebound.example.com' }],
    ['a name that only begins like this machine’s', { host: 'localhost.example.com' }],
  ])('refuses %s', async (_who, headers) => {
    expect(await statusFor(headers)).toBe(403);
  });
});
