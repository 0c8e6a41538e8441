import {
  createServer,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the local services see it: whole, with lower-case header names. */
export type HttpRequest = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  /** As it came, without the `?`. */
  readonly rawQuery: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
};

/** Answers the requests of one service; `undefined` leaves a request to the next route. */
export type Route = (
  request: HttpRequest,
) => Promise<HttpResponse | undefined> | HttpResponse | undefined;

export interface HttpServer {
  /** Origin without a trailing slash, such as `http://127.0.0.1:4510`. */
  readonly url: string;
  readonly port: number;
  /** Closes the port and every connection. */
  readonly stop: () => Promise<void>;
}

/** Above Lambda's 6 MB for a synchronous payload, so that the service itself answers what is too large. */
const bodyBytesMax = 8 * 1024 * 1024;

/** Loopback only: the local stack checks no signatures over HTTP. */
const host = '127.0.0.1';

const readBody = async (message: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= bodyBytesMax) chunks.push(chunk);
  }
  return size <= bodyBytesMax ? Buffer.concat(chunks) : undefined;
};

const singleHeaders = (message: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(',') : value]],
    ),
  );

const loopback = /^(?:https?:\/\/)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/i;

/**
 * Whether a request may come from a web page that somebody has open in a browser: it names a foreign origin, or reached
 * this port by a foreign name. Neither a command line nor an SDK does.
 */
const isForeign = ({ headers: { host: name, origin } }: IncomingMessage): boolean =>
  (name !== undefined && !loopback.test(name)) || (origin !== undefined && !loopback.test(origin));

const answer = async (
  message: IncomingMessage,
  routes: readonly Route[],
): Promise<HttpResponse> => {
  if (isForeign(message)) {
    const reason = 'Only programs on this machine may ask: call it as 127.0.0.1 or localhost';
    return { status: 403, body: JSON.stringify({ message: reason }) };
  }
  const body = await readBody(message);
  if (!body) return { status: 413, body: '{"message":"Request entity too large"}' };
  const url = new URL(message.url ?? '/', `http://${host}`);
  const request: HttpRequest = {
    method: message.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    rawQuery: url.search.slice(1),
    headers: singleHeaders(message),
    body,
  };
  for (const route of routes) {
    const response = await route(request);
    if (response) return response;
  }
  return { status: 404, body: '{"message":"No service answers this path here"}' };
};

/**
 * Serves routes on a loopback port; the first route that answers wins.
 *
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export const startHttpServer = async (options: {
  readonly port: number;
  readonly routes: readonly Route[];
}): Promise<HttpServer> => {
  const server: Server = createServer((message, reply) => {
    answer(message, options.routes)
      .catch((error: unknown) => ({
        status: 500,
        headers: {},
        body: JSON.stringify({ message: String(error) }),
      }))
      .then(({ status, headers, body }) => {
        reply.writeHead(status, {
          'content-type': 'application/json',
          ...headers,
        } as OutgoingHttpHeaders);
        reply.end(body);
      })
      .catch(() => reply.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
