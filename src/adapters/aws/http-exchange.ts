import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';

/** The whole answer to a request. */
export type HttpAnswer = {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
};

/** Sends one POST and reads its answer, over a connection that is kept for the next one. */
export interface HttpExchange {
  /**
   * Does not follow redirects, and does not repeat anything.
   *
   * @throws {NoAnswer} where the connection ended before the answer was whole, or the answer is too
   * large or no HTTP
   * @throws the reason of `signal` once that is aborted
   */
  readonly post: (
    headers: Readonly<Record<string, string>>,
    body: Buffer,
    signal: AbortSignal,
  ) => Promise<HttpAnswer>;
  /** Closes the connections that nothing uses, so that the next request opens one. */
  readonly closeIdle: () => void;
}

/** A request has no answer, or none that can be read. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
  /** The system's code for the cause, such as `ECONNRESET`, if it has one. */
  readonly code: string | undefined;
  /**
   * Whether the request went over a connection that had carried one before, and may have been
   * closed since.
   */
  readonly reused: boolean;
  constructor(cause: Error & { readonly code?: unknown }, reused: boolean, service: string) {
    super(`No answer from ${service}: ${cause.message || cause.name}`, { cause });
    this.code = typeof cause.code === 'string' ? cause.code : undefined;
    this.reused = reused;
  }
}

/** Requests at once; the SDK's number. */
const socketsMax = 50;

/**
 * How long a connection may have been idle to be used again, in milliseconds. Servers and network
 * address translation forget idle connections, and a frozen process does not hear of it.
 * `Date.now()` also advances while the process is frozen.
 */
const idleMsMax = 60_000;

/** The largest answer, of `PutEvents` to ten entries, has less than 10 kB. */
const answerBytesMax = 256 * 1024;

const connectionClosed = (): Error => new Error('the connection was closed');

type ResponseBody = {
  readonly onWhole: (body: string) => void;
  readonly fail: (error: Error) => void;
};

const collect = (response: IncomingMessage, { onWhole, fail }: ResponseBody): void => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    chunks.push(chunk);
    if (bytes > answerBytesMax) {
      response.destroy(new Error(`the answer is larger than ${answerBytesMax} bytes`));
    }
  });
  response.on('end', () => onWhole(Buffer.concat(chunks).toString()));
  response.on('error', fail);
  response.on('close', () => fail(connectionClosed()));
};

/**
 * Keeps connections to one address, HTTPS or, for a local endpoint, HTTP.
 *
 * @param service for the message of an error
 */
export const createHttpExchange = (url: URL, service: string): HttpExchange => {
  const secure = url.protocol === 'https:';
  const options = { keepAlive: true, maxSockets: socketsMax };
  const agent = secure ? new HttpsAgent(options) : new HttpAgent(options);
  const request = secure ? httpsRequest : httpRequest;
  const idleSince = new WeakMap<object, number>();
  agent.on('free', (socket: object) => idleSince.set(socket, Date.now()));

  const closeIdle = (ms: number): void => {
    const oldest = Date.now() - ms;
    for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) {
      if ((idleSince.get(socket) ?? 0) <= oldest) socket.destroy();
    }
  };

  return {
    closeIdle: () => closeIdle(0),
    post: (headers, body, signal) => {
      closeIdle(idleMsMax);
      return new Promise((resolve, reject) => {
        const sent = request(url, { method: 'POST', agent, headers, signal });
        const fail = (error: Error): void =>
          reject(signal.aborted ? signal.reason : new NoAnswer(error, sent.reusedSocket, service));
        sent.on('error', fail);
        // Node emits no response and no error for an answer that changes to another protocol.
        const close = (): void => fail(connectionClosed());
        sent.on('close', close);
        sent.on('response', (response) => {
          sent.off('close', close);
          const { statusCode: status = 0, headers: received } = response;
          const onWhole = (text: string) => resolve({ status, headers: received, body: text });
          collect(response, { onWhole, fail });
        });
        sent.end(body);
      });
    },
  };
};
