import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CrossOriginRequest, refusalOf } from './http-guard.ts';

/** Loopback only: the local services check no signatures over HTTP. */
export const loopback = '127.0.0.1';

/** An HTTP port of the local stack. */
export interface LoopbackServer {
  readonly port: number;
  /** Closes the port and every connection: a client is refused. */
  readonly down: () => Promise<void>;
  /**
   * Opens the same port again.
   *
   * @throws {Error} with code `EADDRINUSE` when another process has taken the port meanwhile.
   */
  readonly up: () => Promise<void>;
  /** Closes the port and every connection. */
  readonly stop: () => Promise<void>;
}

export type LoopbackServerOptions = {
  /** 0 takes a free port. */
  readonly port: number;
  /** Answers a request that the guard let through; a rejection ends its connection. */
  readonly handle: (message: IncomingMessage, reply: ServerResponse) => Promise<void>;
  /** Whether a service is configured to answer web pages of an origin; none is unless given. */
  readonly allows?: (request: CrossOriginRequest) => boolean;
};

/**
 * The server never closes an idle connection. Node would close it after 5 s; a client that sends
 * its next request at that moment gets ECONNRESET. AWS's SDK for JavaScript and botocore keep
 * connections without a limit, and a runtime sends nothing while its handler runs, for up to 15
 * minutes. The connections of a client end with its process, which is on this machine.
 */
const keepAliveTimeoutMs = 0;

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/**
 * Opens an HTTP port on the loopback interface that refuses the requests of web pages.
 *
 * Every HTTP server of the local stack is made here, so that each has the same guard.
 *
 * @throws {Error} with code `EADDRINUSE` when the port is taken.
 */
export const startLoopbackServer = async ({
  port,
  handle,
  allows = () => false,
}: LoopbackServerOptions): Promise<LoopbackServer> => {
  const server = createServer((message, reply) => {
    const refusal = refusalOf(message, ownPort, allows);
    if (refusal === undefined) {
      handle(message, reply).catch(() => reply.destroy());
    } else {
      reply.writeHead(403, { 'content-type': 'application/json' });
      reply.end(JSON.stringify({ message: refusal }));
    }
  });
  server.keepAliveTimeout = keepAliveTimeoutMs;
  const open = (wanted: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(wanted, loopback, () => {
        server.off('error', reject);
        resolve();
      });
    });
  await open(port);
  const ownPort = portOf(server);
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return {
    port: ownPort,
    down: close,
    up: () => open(ownPort),
    stop: close,
  };
};
