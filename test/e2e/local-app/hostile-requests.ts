import { Server as HttpServer, request } from 'node:http';
import { type AddressInfo, connect, Server } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Invocation, LocalStack } from '../../../packages/cli/src/local/index.ts';

/** Every server on which this process listens. */
const servers = (): readonly Server[] => {
  const { _getActiveHandles: handles } = process as unknown as {
    readonly _getActiveHandles: () => readonly unknown[];
  };
  return handles
    .call(process)
    .filter((handle): handle is Server => handle instanceof Server && handle.listening);
};

const portsOf = (http: boolean): readonly number[] =>
  servers()
    .filter((server) => server instanceof HttpServer === http)
    .map((server) => (server.address() as AddressInfo).port);

type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

const statusOf = (port: number, { method, path, headers }: Asked): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const own = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, value.replace('PORT', `${port}`)]),
    );
    const sent = request({ host: '127.0.0.1', port, method, path, headers: own }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    // A request for work that is let in is not answered until there is work.
    sent.setTimeout(2_000, () => sent.destroy(new Error(`${method} ${path} was let in`)));
    sent.on('error', reject);
    sent.end(method === 'POST' ? '{}' : undefined);
  });

const hostile: readonly Asked['headers'][] = [
  { host: 'rebound.example.com:PORT' },
  {
    host: 'rebound.example.com:PORT',
    origin: 'http://rebound.example.com:PORT',
    'sec-fetch-site': 'same-origin',
  },
  { origin: 'https://example.com', 'sec-fetch-site': 'cross-site' },
  { origin: 'http://localhost:3000', 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  { origin: 'null' },
];

const runtime = '/2018-06-01/runtime';

/** One way into each service, and into the Runtime API. */
const targets: readonly (readonly [method: string, path: string])[] = [
  ['GET', '/function-urls/notes-notes/'],
  ['POST', '/function-urls/notes-notes/'],
  ['OPTIONS', '/function-urls/notes-notes/'],
  ['POST', '/2015-03-31/functions/notes-notes/invocations'],
  ['GET', '/2015-03-31/functions/notes-notes'],
  ['POST', '/'],
  ['GET', '/cluster/abcdefghijklmnopqrstuvwxyz'],
  ['PUT', '/custom-resource-responses/x'],
  ['GET', `${runtime}/invocation/next`],
  ['POST', `${runtime}/invocation/x/response`],
  ['POST', `${runtime}/init/error`],
];

/** Asks a stack of the small app as web pages ask. */
export const describeHostileRequests = (
  stack: () => LocalStack,
  invocations: readonly Invocation[],
) =>
  describe('the ports of a running stack', () => {
    const regionPorts = () => stack().regions.map(({ url }) => Number(new URL(url).port));
    /** Schedules invoke another function meanwhile. */
    const invoked = () =>
      invocations.filter(({ functionName }) => functionName === 'notes-notes').length;

    // Each Region then has the process of a function, which waits for work at its Runtime API.
    beforeAll(async () => {
      await stack().idle();
      await Promise.all(
        stack().regions.map(({ functions }) => functions.get('notes-listener')?.invoke('{}')),
      );
    });

    it('are those of its Regions, of its functions’ processes and of its clusters', () => {
      const http = portsOf(true);
      expect(http).toEqual(expect.arrayContaining([...regionPorts()]));
      expect(http.length).toBeGreaterThanOrEqual(2 * regionPorts().length);
      expect(portsOf(false)).toHaveLength(regionPorts().length);
      for (const server of servers()) {
        expect((server.address() as AddressInfo).address).toBe('127.0.0.1');
      }
    });

    it.each(targets)('refuse %s %s of a web page', async (method, path) => {
      const before = invoked();
      for (const port of portsOf(true)) {
        for (const headers of hostile) {
          expect(await statusOf(port, { method, path, headers }), JSON.stringify(headers)).toBe(
            403,
          );
        }
      }
      expect(invoked()).toBe(before);
    });

    it('give the work of a function’s process to nobody without its token', async () => {
      const runtimes = portsOf(true).filter((port) => !regionPorts().includes(port));
      expect(runtimes.length).toBeGreaterThan(0);
      for (const port of runtimes) {
        for (const headers of [{}, { 'x-antipode-runtime-token': 'guessed' }]) {
          for (const [method, path] of targets.filter(([, one]) => one.startsWith(runtime))) {
            expect(await statusOf(port, { method, path, headers })).toBe(403);
          }
        }
      }
    });

    it('answer no HTTP where they speak the protocol of PostgreSQL', async () => {
      for (const port of portsOf(false)) {
        const answer = await new Promise<string>((resolve) => {
          const socket = connect(port, '127.0.0.1').setEncoding('latin1');
          let text = '';
          socket
            .on('data', (chunk: string) => {
              text += chunk;
            })
            .on('error', () => {});
          socket.on('close', () => resolve(text));
          socket.write(
            'POST / HTTP/1.1\r\nHost: rebound.example.com\r\nContent-Length: 2\r\n\r\n{}',
          );
        });
        expect(answer).toMatch(/^E.*invalid length of startup packet/s);
      }
    });

    it('still answer programs', async () => {
      for (const port of regionPorts()) {
        for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
          const headers = { host: `${host}:${port}` };
          expect(
            await statusOf(port, {
              method: 'POST',
              path: '/2015-03-31/functions/notes-listener/invocations',
              headers,
            }),
          ).toBe(200);
        }
      }
    });
  });
