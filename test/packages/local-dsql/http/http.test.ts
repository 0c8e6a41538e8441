import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Route } from '../../../../packages/local-dsql/src/http/http.ts';
import { refusalOf } from '../../../../packages/local-dsql/src/http/http-guard.ts';
import {
  type HttpServer,
  startHttpServer,
} from '../../../../packages/local-dsql/src/http/http-server.ts';

let server: HttpServer;

const shared: Route = Object.assign(() => ({ status: 200, body: 'answered' }), {
  allows: ({ path, origin }: { readonly path: string; readonly origin: string }) =>
    path.startsWith('/shared/') && origin === 'https://friend.example',
});

beforeAll(async () => {
  server = await startHttpServer({ port: 0, routes: [shared] });
});

afterAll(() => server.stop());

/** Headers in which `PORT` stands for the server's own. */
type Headers = Readonly<Record<string, string>>;

const statusFor = (headers: Headers, path = '/', method = 'POST'): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [
        name,
        value.replace('PORT', `${server.port}`),
      ]),
    );
    const sent = request(`${server.url}${path}`, { method, headers: own }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{}' : undefined);
  });

/** The status line of the answer to a request as it is written here. */
const statusOfRaw = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8');
    socket.on('data', (answer: string) => resolve(answer.split('\r\n', 1)[0] ?? ''));
    socket.on('error', reject);
    socket.end(text.replaceAll('PORT', `${server.port}`));
  });

describe('a port of the local stack', () => {
  it.each<readonly [string, Headers]>([
    ['an SDK or a command line', {}],
    ['a program that says localhost', { host: 'localhost:PORT' }],
    ['a program that says LOCALHOST', { host: 'LOCALHOST:PORT' }],
    ['a program that uses IPv6', { host: '[::1]:PORT' }],
    [
      'a page that this port served',
      { origin: 'http://127.0.0.1:PORT', 'sec-fetch-site': 'same-origin' },
    ],
    ['an address that a person typed', { 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
  ])('answers %s', async (_who, headers) => {
    expect(await statusFor(headers)).toBe(200);
    expect(await statusFor(headers, '/', 'GET')).toBe(200);
  });

  it.each<readonly [string, Headers]>([
    ['a page from elsewhere', { origin: 'https://example.com' }],
    ['a page without an origin of its own', { origin: 'null' }],
    ['a page of another port of this machine', { origin: 'http://localhost:3000' }],
    ['a page of this port over TLS', { origin: 'https://localhost:PORT' }],
    ['an image or a link in a page from elsewhere', { 'sec-fetch-site': 'cross-site' }],
    ['an image in a page of another port', { 'sec-fetch-site': 'same-site' }],
    ['a site that no browser knows', { 'sec-fetch-site': 'elsewhere' }],
    [
      'a foreign page that says it is its own',
      { origin: 'https://example.com', 'sec-fetch-site': 'same-origin' },
    ],
    [
      'an own page that a foreign site embeds',
      { origin: 'http://localhost:PORT', 'sec-fetch-site': 'cross-site' },
    ],
    ['a name that was bent to this machine', { host: 'rebound.example.com' }],
    ['a bent name with the right port', { host: 'rebound.example.com:PORT' }],
    [
      'a bent name whose page is its own',
      {
        host: 'rebound.example.com:PORT',
        origin: 'http://rebound.example.com:PORT',
        'sec-fetch-site': 'same-origin',
      },
    ],
    ['a name that only begins like this machine’s', { host: 'localhost.example.com:PORT' }],
    ['a name below localhost', { host: 'x.localhost:PORT' }],
    ['a name with a user in front', { host: 'localhost@example.com:PORT' }],
    ['another port', { host: 'localhost:1' }],
    ['no port', { host: 'localhost' }],
  ])('refuses %s', async (_who, headers) => {
    expect(await statusFor(headers)).toBe(403);
    expect(await statusFor(headers, '/', 'GET')).toBe(403);
    expect(await statusFor(headers, '/', 'OPTIONS')).toBe(403);
  });

  it.each([
    ['two hosts', 'GET / HTTP/1.1\r\nHost: localhost:PORT\r\nHost: example.com\r\n\r\n', /40[03]/],
    ['no host', 'GET / HTTP/1.0\r\n\r\n', /403/],
    [
      'an upgrade',
      'GET / HTTP/1.1\r\nHost: x.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      /403/,
    ],
    [
      'two origins',
      'GET /shared/ HTTP/1.1\r\nHost: localhost:PORT\r\nOrigin: https://friend.example\r\nOrigin: https://example.com\r\n\r\n',
      /403/,
    ],
  ])('refuses a request with %s', async (_what, text, status) => {
    expect(await statusOfRaw(text)).toMatch(status);
  });

  it('answers a page of an origin that a service allows, on the path of that service alone', async () => {
    const friend = { origin: 'https://friend.example', 'sec-fetch-site': 'cross-site' };
    expect(await statusFor(friend, '/shared/a')).toBe(200);
    expect(await statusFor(friend, '/')).toBe(403);
    expect(
      await statusOfRaw(
        'POST /shared/../2015-03-31/functions/x/invocations HTTP/1.1\r\nHost: localhost:PORT\r\nOrigin: https://friend.example\r\n\r\n',
      ),
    ).toMatch(/403/);
    expect(await statusFor({ ...friend, host: 'friend.example' }, '/shared/a')).toBe(403);
    expect(await statusFor({ 'sec-fetch-site': 'cross-site' }, '/shared/a')).toBe(403);
  });

  it.each(['localhost', '127.0.0.1:80', '[::1]'])('answers %s on port 80', (host) => {
    const message = { url: '/', rawHeaders: ['Host', host] } as IncomingMessage;
    expect(refusalOf(message, 80, () => false)).toBeUndefined();
    expect(refusalOf(message, 8080, () => false)).toMatch(/no other host name/);
  });

  it('answers 400 for a path that is none', async () => {
    expect(await statusOfRaw('GET // HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n')).toMatch(/400/);
  });
});

describe('an error of a port has the shape that AWS’s clients read', () => {
  let failing: HttpServer;
  const reached: string[] = [];

  beforeAll(async () => {
    failing = await startHttpServer({
      port: 0,
      routes: [
        ({ path }) => {
          reached.push(path);
          if (path === '/fails') throw new TypeError('x is not a function');
          return undefined;
        },
      ],
    });
  });

  afterAll(() => failing.stop());

  /** Sends a target as it is, which `fetch` would resolve or refuse. */
  const answerTo = (path: string, body = ''): Promise<{ status: unknown; code: unknown }> =>
    new Promise((resolve, reject) => {
      const { port } = failing;
      const sent = request({ port, host: '127.0.0.1', method: 'POST', path }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const json = Buffer.concat(chunks).toString();
          const code = response.headers['x-amzn-errortype'];
          expect(JSON.parse(json)).toEqual({ __type: code, message: expect.any(String) });
          expect(json).not.toMatch(/Error:|Invalid URL|malformed URI|not a function/);
          resolve({ status: response.statusCode, code });
        });
      });
      sent.on('error', reject);
      sent.end(body);
    });

  it.each(['/%zz', '/a%', '/a%2', '/%u0041', '//', 'http://', 'http://[/'])(
    'for the malformed path %s, which no service sees',
    async (target) => {
      const before = reached.length;
      expect(await answerTo(target)).toEqual({
        status: 400,
        code: 'MalformedHttpRequestException',
      });
      expect(reached).toHaveLength(before);
    },
  );

  it.each(['/', '/elsewhere', '/%7e', '/a?b=%zz', '/cluster/%2f'])(
    'for the path %s, which no service answers',
    async (target) => {
      expect(await answerTo(target)).toEqual({ status: 404, code: 'UnknownOperationException' });
    },
  );

  it.each([
    ['/', 'RequestEntityTooLargeException'],
    ['/2015-03-31/functions/f/invocations', 'RequestTooLargeException'],
  ])('for a body over 8 MiB at %s', async (target, code) => {
    const body = 'x'.repeat(8 * 1024 * 1024 + 1);
    expect(await answerTo(target, body)).toEqual({ status: 413, code });
  });

  it('but a client that goes away amid its body puts nothing into the output', async () => {
    const output = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      await new Promise<void>((resolve) => {
        const { port } = failing;
        const headers = { 'content-length': 1_000 };
        const sent = request({ port, host: '127.0.0.1', method: 'POST', headers });
        sent.on('error', () => resolve());
        sent.write('x', () => setTimeout(() => sent.destroy(new Error('gone')), 20));
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(output).not.toHaveBeenCalled();
    } finally {
      output.mockRestore();
    }
  });

  it('for a service that fails, whose error the output has', async () => {
    const output = vi.spyOn(console, 'error').mockImplementation(() => {});
    try {
      expect(await answerTo('/fails')).toEqual({ status: 500, code: 'InternalFailure' });
      expect(output).toHaveBeenCalledWith(expect.any(String), expect.any(TypeError));
    } finally {
      output.mockRestore();
    }
  });
});
