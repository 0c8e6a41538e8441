import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { asciiLowerCase } from 'antipode/internal/domain';
import type {
  CrossOriginRequest,
  HttpRequest,
  HttpResponse,
  Route,
} from 'antipode-local-dsql/http';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import { allowsOrigin, applyCors, type FunctionUrlCors } from './function-url-cors.ts';
import type { InvocableFunction } from './versioned-function.ts';

/** Lambda's limit on a request to a Function URL, in bytes. */
const requestBytesMax = 6 * 1024 * 1024;

/**
 * The path below which the Function URLs of a Region are served: `/function-urls/{functionName}/…`.
 * That of an alias has it behind the name, as in an ARN.
 */
const pathPattern = /^\/function-urls\/([^/]+)(\/.*)?$/;

/** Content types whose body reaches the function as text; any other, or none, arrives in base64. */
const textual = /^(text\/|application\/(json|xml|javascript)\b|[^;]*\+(json|xml)\b)/i;

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `12/Mar/2026:19:03:58 +0000`. */
const logTime = (date: Date): string => {
  const day = String(date.getUTCDate()).padStart(2, '0');
  const clock = date.toISOString().slice(11, 19);
  return `${day}/${months[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
};

/** Repeated parameters are joined by commas. */
const queryParameters = (query: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...new Set(query.keys())].map((name) => [name, query.getAll(name).join(',')]),
  );

/**
 * The event that Lambda makes of a request to a Function URL (payload format 2.0).
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
 */
export const functionUrlEvent = (
  request: HttpRequest,
  origin: { readonly functionName: string; readonly path: string; readonly now: Date },
): object => {
  const { cookie, connection: _hop, ...headers } = request.headers;
  const isText = textual.test(headers['content-type'] ?? '') && isUtf8(request.body);
  const query = request.rawQuery;
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: origin.path,
    rawQueryString: query,
    ...(cookie !== undefined && { cookies: cookie.split(/;\s*/) }),
    headers: {
      ...headers,
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-port': /:(\d+)$/.exec(headers['host'] ?? '')?.[1] ?? '80',
      'x-forwarded-proto': 'http',
    },
    ...(query !== '' && { queryStringParameters: queryParameters(request.query) }),
    requestContext: {
      accountId: 'anonymous',
      apiId: origin.functionName,
      domainName: headers['host'] ?? '',
      domainPrefix: origin.functionName,
      http: {
        method: request.method,
        path: origin.path,
        protocol: 'HTTP/1.1',
        sourceIp: '127.0.0.1',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: '$default',
      stage: '$default',
      time: logTime(origin.now),
      timeEpoch: origin.now.getTime(),
    },
    ...(request.body.length > 0 && { body: request.body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: request.body.length > 0 && !isText,
  };
};

const badGateway: HttpResponse = { status: 502, body: 'Internal Server Error' };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Headers that describe the connection. The server sets them itself: a wrong length would cut off
 * the body.
 */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The name that Lambda gives to a header of the connection. AWS does not document it; Function URLs
 * were seen to rename `Connection` and `Content-Length`.
 */
const responseHeaderName = (name: string): string => {
  const lower = asciiLowerCase(name);
  return connectionHeaders.has(lower) ? `x-amzn-remapped-${lower}` : lower;
};

const responseHeaders = (
  answer: Readonly<Record<string, unknown>>,
  cookies: readonly unknown[],
): Record<string, string | readonly string[]> => {
  const headers = isObject(answer['headers']) ? answer['headers'] : {};
  return {
    ...Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [responseHeaderName(name), String(value)]),
    ),
    ...(cookies.length > 0 && { 'set-cookie': cookies.map(String) }),
  };
};

const isHeader = (name: string, values: string | readonly string[]): boolean => {
  try {
    validateHeaderName(name);
    for (const value of [values].flat()) validateHeaderValue(name, value);
    return true;
  } catch {
    return false;
  }
};

/**
 * The part of a function's answer that HTTP cannot carry, without its value; `undefined` where it
 * can carry all of it.
 */
const unusablePart = (
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string | readonly string[]>>,
): string | undefined => {
  if (!Number.isInteger(status) || status < 200 || status > 599) return `the status ${status}`;
  if (typeof body !== 'string') return 'a body that is no text';
  const header = Object.entries(headers).find(([name, values]) => !isHeader(name, values));
  return header && `the header ${JSON.stringify(header[0])}, which HTTP cannot carry`;
};

const message = (status: number, text: string): HttpResponse => ({
  status,
  body: JSON.stringify({ Message: text }),
});

/**
 * The HTTP response that Lambda makes of a function's result. An object with a `statusCode` gives
 * status, headers and body. A string is the body, and any other value is the body as JSON.
 *
 * @param onUnusable receives the part of the result that makes Lambda answer 502 instead
 */
export const functionUrlResponse = (
  payload: string,
  onUnusable: (part: string) => void = () => {},
): HttpResponse => {
  const answer: unknown = JSON.parse(payload);
  if (typeof answer === 'string') return { status: 200, body: answer };
  if (!isObject(answer) || !('statusCode' in answer)) return { status: 200, body: payload };
  const status = Number(answer['statusCode']);
  const body = answer['body'] ?? '';
  const cookies: readonly unknown[] = Array.isArray(answer['cookies']) ? answer['cookies'] : [];
  const headers = responseHeaders(answer, cookies);
  const unusable = unusablePart(status, body, headers);
  if (unusable !== undefined) {
    onUnusable(unusable);
    return badGateway;
  }
  const isBinary = answer['isBase64Encoded'] === true;
  return { status, headers, body: isBinary ? Buffer.from(String(body), 'base64') : String(body) };
};

const call = async (target: InvocableFunction, event: object): Promise<HttpResponse> => {
  const onUnusable = (part: string): void => {
    console.error(`502 for ${target.configuration.name}: its answer has ${part}`);
  };
  try {
    const result = await target.invoke(JSON.stringify(event));
    return result.functionError ? badGateway : functionUrlResponse(result.payload, onUnusable);
  } catch (error) {
    if (error instanceof FunctionThrottled) return message(429, error.message);
    if (error instanceof FunctionStopped) return message(503, 'Service Unavailable');
    throw error;
  }
};

/**
 * Serves the Function URLs of a Region's functions under `/function-urls/{functionName}/…`.
 *
 * A web page of another origin is answered where the URL's `Cors` names that origin.
 */
export const createFunctionUrls = (deps: {
  /** The functions of this Region that have a Function URL, by name. */
  readonly functionNamed: (name: string) => InvocableFunction | undefined;
  readonly corsOf?: (name: string) => FunctionUrlCors | undefined;
}): Route => {
  const { functionNamed, corsOf = () => undefined } = deps;
  const route: Route = (request) => {
    const [matched, functionName = '', path = '/'] = request.path.match(pathPattern) ?? [];
    if (matched === undefined) return undefined;
    const target = functionNamed(functionName);
    if (!target) return message(404, `No function named ${functionName} has a Function URL here`);
    if (request.body.length > requestBytesMax) return message(413, 'Request Entity Too Large');
    return applyCors(corsOf(functionName), request, () =>
      call(target, functionUrlEvent(request, { functionName, path, now: new Date() })),
    );
  };
  return Object.assign(route, {
    allows: ({ path, origin }: CrossOriginRequest): boolean => {
      const [, functionName = ''] = path.match(pathPattern) ?? [];
      const cors = corsOf(functionName);
      return cors !== undefined && allowsOrigin(cors, origin);
    },
  });
};
