import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { HttpRequest, HttpResponse, Route } from './http.ts';
import { internalFailure, isMalformedPath, malformedPath, tooLarge } from './http-errors.ts';
import { targetOf } from './http-guard.ts';
import { type LoopbackServer, loopback, startLoopbackServer } from './loopback-server.ts';
import { unknownService } from './unknown-service.ts';

/** The server of one port of the local stack. */
export interface HttpServer extends LoopbackServer {
  /** Origin without a trailing slash, such as `http://127.0.0.1:4510`. */
  readonly url: string;
}

/**
 * Above Lambda's 6 MB for a synchronous payload, so that the service itself refuses a payload that
 * is too large.
 */
const bodyBytesMax = 8 * 1024 * 1024;

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

const answer = async (
  message: IncomingMessage,
  routes: readonly Route[],
): Promise<HttpResponse> => {
  const url = targetOf(message);
  if (!url || isMalformedPath(url.pathname)) return malformedPath();
  const body = await readBody(message);
  if (!body) return tooLarge(url.pathname);
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
  return unknownService(request);
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
  const { routes } = options;
  const server = await startLoopbackServer({
    port: options.port,
    allows: (request) => routes.some((route) => route.allows?.(request) === true),
    handle: async (message, reply) => {
      // A client that closes its connection inside its body is no failure of a service.
      const { status, headers, body, stream, hangUp } = await answer(message, routes).catch(
        (error: unknown) => (message.complete ? internalFailure(error) : malformedPath()),
      );
      if (hangUp) {
        reply.destroy();
        return;
      }
      const all = { 'content-type': 'application/json', ...headers };
      reply.writeHead(status, all as OutgoingHttpHeaders);
      if (stream) {
        reply.flushHeaders();
        // A client that leaves ends it.
        await pipeline(stream, reply).catch(() => undefined);
      } else reply.end(body);
    },
  });
  return { ...server, url: `http://${loopback}:${server.port}` };
};
