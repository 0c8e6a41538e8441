import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { loopback, startLoopbackServer } from 'antipode-local-dsql/http';
import { type FailedInvocation, responseBytesMax, responseTooLarge } from '../invocation.ts';

/** The invocation that the runtime gets when it asks for the next one. */
export type RuntimeRequest = {
  readonly requestId: string;
  readonly payload: string;
  readonly functionArn: string;
  /** Milliseconds since the epoch. */
  readonly deadlineMs: number;
  readonly traceId: string;
  readonly clientContext?: string | undefined;
};

export type RuntimeReply =
  | { readonly kind: 'response'; readonly payload: string }
  | FailedInvocation;

export type RuntimeInit = { readonly kind: 'ready' } | FailedInvocation;

/**
 * The Runtime API, version 2018-06-01, of one execution environment.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export interface RuntimeApi {
  /** `host:port`, as `AWS_LAMBDA_RUNTIME_API` wants it. */
  readonly address: string;
  /**
   * The secret that the process sends in the header `x-antipode-runtime-token` with each request.
   */
  readonly token: string;
  /**
   * Settles when the runtime asks for work for the first time, or with the error of its init phase.
   */
  readonly initialized: Promise<RuntimeInit>;
  /** Hands over one invocation, as soon as the runtime asks; only one may be under way. */
  readonly send: (request: RuntimeRequest) => Promise<RuntimeReply>;
  /**
   * The most memory that the process has had, in MB rounded up, by its latest request; 0 before its
   * first one.
   */
  readonly memoryMb: () => number;
  readonly stop: () => void;
}

const prefix = '/2018-06-01/runtime';

/** The same name is in `ric-shim.cjs`. */
const tokenHeader = 'x-antipode-runtime-token';

/** The header with the memory of the process in kilobytes. The same name is in `ric-shim.cjs`. */
const memoryHeader = 'x-antipode-memory-kb';

/** Bytes of the token: 256 bits cannot be guessed. */
const tokenBytes = 32;

const holds = (message: IncomingMessage, token: string): boolean => {
  const given = Buffer.from(String(message.headers[tokenHeader] ?? ''));
  return given.length === token.length && timingSafeEqual(given, Buffer.from(token));
};

/** JSON with every character that a header cannot carry escaped. */
const headerJson = (json: string): string =>
  JSON.stringify(JSON.parse(json)).replace(
    /[\u007f-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const requestHeaders = (request: RuntimeRequest): Record<string, string> => ({
  'content-type': 'application/json',
  'lambda-runtime-aws-request-id': request.requestId,
  'lambda-runtime-deadline-ms': String(request.deadlineMs),
  'lambda-runtime-invoked-function-arn': request.functionArn,
  'lambda-runtime-trace-id': request.traceId,
  ...(request.clientContext !== undefined && {
    'lambda-runtime-client-context': headerJson(request.clientContext),
  }),
});

/** The body, or nothing when it is larger than Lambda takes; read to its end in both cases. */
const readBody = async (message: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= responseBytesMax) chunks.push(chunk);
  }
  return size <= responseBytesMax ? Buffer.concat(chunks).toString('utf8') : undefined;
};

const answer = (reply: ServerResponse, status: number, body: object): void => {
  reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

type Exchange = {
  readonly request: RuntimeRequest;
  readonly settle: (reply: RuntimeReply) => void;
  delivered: boolean;
};

/**
 * The exchange of invocations and answers between an environment and its runtime, without the
 * transport.
 */
const createExchanges = () => {
  const initialized = Promise.withResolvers<RuntimeInit>();
  let asking: ServerResponse | undefined;
  let current: Exchange | undefined;

  const deliver = (): void => {
    if (!asking || !current || current.delivered) return;
    current.delivered = true;
    asking.writeHead(200, requestHeaders(current.request)).end(current.request.payload);
    asking = undefined;
  };

  const post = async (message: IncomingMessage, reply: ServerResponse, path: string) => {
    const body = await readBody(message);
    const [, id, kind] = path.match(/^\/invocation\/([^/]+)\/(response|error)$/) ?? [];
    if (path === '/init/error') {
      initialized.resolve({ kind: 'failed', errorPayload: () => body ?? '{}' });
    } else if (current && decodeURIComponent(id ?? '') === current.request.requestId) {
      const { settle } = current;
      current = undefined;
      if (body === undefined) settle({ kind: 'failed', errorPayload: responseTooLarge });
      else if (kind === 'error') settle({ kind: 'failed', errorPayload: () => body });
      else settle({ kind: 'response', payload: body });
    } else {
      return answer(reply, 400, {
        errorType: 'InvalidRequestID',
        errorMessage: 'Invalid request ID',
      });
    }
    return body === undefined
      ? answer(reply, 413, {
          errorType: 'RequestEntityTooLarge',
          errorMessage: 'Payload too large',
        })
      : answer(reply, 202, { status: 'OK' });
  };

  return {
    initialized: initialized.promise,
    handle: async (message: IncomingMessage, reply: ServerResponse): Promise<void> => {
      const path = message.url?.startsWith(prefix) ? message.url.slice(prefix.length) : '';
      if (message.method === 'POST') return post(message, reply, path);
      if (path !== '/invocation/next') return answer(reply, 404, { errorType: 'NotFound' });
      asking = reply;
      initialized.resolve({ kind: 'ready' });
      deliver();
    },
    send: (request: RuntimeRequest): Promise<RuntimeReply> => {
      const { promise, resolve } = Promise.withResolvers<RuntimeReply>();
      current = { request, settle: resolve, delivered: false };
      deliver();
      return promise;
    },
  };
};

/**
 * Opens the Runtime API of one execution environment on a free loopback port.
 *
 * Only the process that holds the token is answered: any program on this machine can reach the
 * port.
 */
export const startRuntimeApi = async (): Promise<RuntimeApi> => {
  const { initialized, handle, send } = createExchanges();
  const token = randomBytes(tokenBytes).toString('base64url');
  let memoryKb = 0;
  const { port, stop } = await startLoopbackServer({
    port: 0,
    handle: async (message, reply) => {
      if (!holds(message, token)) {
        const errorMessage = 'Only the process of this function may ask';
        return answer(reply, 403, { errorType: 'Forbidden', errorMessage });
      }
      memoryKb = Number(message.headers[memoryHeader]) || memoryKb;
      return handle(message, reply);
    },
  });
  return {
    address: `${loopback}:${port}`,
    token,
    initialized,
    send,
    memoryMb: () => Math.ceil(memoryKb / 1024),
    stop: () => void stop(),
  };
};
