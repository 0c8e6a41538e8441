import { asciiLowerCase } from '../../../domain/kernel/ascii-case.ts';
import { defined } from '../../../domain/kernel/defined.ts';
import { type ApiResponse, RequestRefused, respond } from './api-answer.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';

/** The parts of a Function URL's event (payload format 2.0) that matter here. */
export type HttpEvent = {
  readonly requestContext: { readonly http: { readonly method: string; readonly path?: string } };
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string | undefined>> | null;
  readonly body?: unknown;
  readonly isBase64Encoded?: boolean;
};

/** A method that a service may declare. HEAD comes with GET, and OPTIONS with every path. */
export type ApiMethod = 'DELETE' | 'GET' | 'PATCH' | 'POST' | 'PUT';

/**
 * The methods that a service answers at each path, such as `{ '/': ['GET', 'POST'] }`. Paths are
 * compared as they are.
 */
export type ApiRoutes = Readonly<Record<`/${string}`, readonly ApiMethod[]>>;

/** The request of an operation, besides the payload. */
export type ApiRequest = {
  /** Lambda's id of the invocation; the same when Lambda repeats an asynchronous one. */
  readonly requestId: string;
  /** The key of the header `Idempotency-Key`, without quotes; absent where none was sent. */
  readonly idempotencyKey?: string;
  /** Absent for a direct invocation. HEAD arrives as GET; the query is the text behind the `?`. */
  readonly http?: {
    readonly method: ApiMethod;
    readonly path: string;
    readonly query: string;
  };
};

export const isHttp = (event: unknown): event is HttpEvent =>
  typeof event === 'object' &&
  event !== null &&
  typeof (event as Partial<HttpEvent>).requestContext?.http?.method === 'string';

/**
 * Whether an event is of a load balancer, or of API Gateway in payload format 1.0. Taken for a
 * direct invocation, all of it would be the payload.
 */
export const isOtherHttp = (event: unknown): boolean => {
  const { httpMethod, requestContext } = Object(event) as Readonly<Record<string, unknown>>;
  return typeof httpMethod === 'string' && typeof requestContext === 'object';
};

/** The method as the caller has sent it. */
export const methodOf = ({ requestContext }: HttpEvent): string => requestContext.http.method;

/** The path of a request, without its query. */
export const pathOf = ({ rawPath, requestContext }: HttpEvent): string =>
  rawPath || requestContext.http.path || '/';

/**
 * A header by its name in lower case, however its sender has spelled it; several are joined as HTTP
 * joins them.
 */
export const headerOf = ({ headers }: HttpEvent, name: string): string | undefined => {
  let joined: string | undefined;
  for (const key in headers) {
    const isNamed = key.length === name.length && asciiLowerCase(key) === name;
    const value = isNamed ? headers[key] : undefined;
    if (typeof value === 'string') joined = joined === undefined ? value : `${joined},${value}`;
  }
  return joined;
};

/** Whether the method asks for nothing but an answer: such a request has no payload. */
export const readsOnly = (event: HttpEvent): boolean => ['GET', 'HEAD'].includes(methodOf(event));

const isHead = (event: unknown): boolean => isHttp(event) && methodOf(event) === 'HEAD';

/** A response to HEAD has the headers of the one to GET, and no body. */
export const asAsked = (event: unknown, response: ApiResponse): ApiResponse =>
  isHead(event) ? { ...response, body: '' } : response;

const methodsAt = (path: string, routes: ApiRoutes): readonly string[] => {
  const methods = Object.hasOwn(routes, path) ? routes[path as `/${string}`] : undefined;
  if (methods) return methods;
  const paths = Object.keys(routes).join(' or ');
  throw new RequestRefused(
    404,
    'NotFound',
    `Nothing answers at this path: send the request to ${paths}`,
  );
};

/** The value of `Allow`. */
const allowOf = (methods: readonly string[]): string =>
  [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS'].toSorted().join(', ');

/**
 * Lets pass what a service has declared; answers OPTIONS itself.
 *
 * @throws {RequestRefused} for another path or method, and for a body that the method does not have
 */
export const routeHttp = (event: HttpEvent, routes: ApiRoutes): ApiResponse | undefined => {
  const method = methodOf(event);
  const methods = methodsAt(pathOf(event), routes);
  if (method === 'OPTIONS') {
    const headers = { allow: allowOf(methods) };
    return { ...respond({ status: 204, body: null, headers }), body: '' };
  }
  if (!methods.includes(method === 'HEAD' ? 'GET' : method)) {
    const allow = allowOf(methods);
    throw new RequestRefused(405, 'MethodNotAllowed', `Send one of ${allow}`, { allow });
  }
  if (!readsOnly(event) || !event.body) return undefined;
  // RFC 9110, section 9.3.1: such a body has no meaning, and may be an attempt to smuggle a
  // request.
  throw new RequestRefused(400, 'InvalidInput', `Send no body with ${method}`);
};

/**
 * @throws {InvalidInput} for an idempotency key that is none; a method that only reads needs none,
 * and its is ignored
 */
export const requestOf = (event: unknown, requestId: string): ApiRequest => {
  if (!isHttp(event)) return { requestId };
  const method = readsOnly(event) ? 'GET' : (methodOf(event) as ApiMethod);
  const key = method === 'GET' ? undefined : idempotencyKeyOf(headerOf(event, 'idempotency-key'));
  const http = { method, path: pathOf(event), query: event.rawQueryString ?? '' };
  return { requestId, ...defined({ idempotencyKey: key }), http };
};
