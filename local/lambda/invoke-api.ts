import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse, Route } from '../http.ts';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import type { LocalFunction } from './function.ts';

/** Lambda's limit on the event of a synchronous invocation, in bytes. */
const syncPayloadBytesMax = 6 * 1024 * 1024;

/** Of an asynchronous one (256 KB until 2026-01-29). */
const asyncPayloadBytesMax = 1024 * 1024;

/** Of the client context, in bytes of base64. */
const clientContextBytesMax = 3583;

const pathPattern = /^\/2015-03-31\/functions\/([^/]+)(\/invocations)?$/;

export type InvokeApiDeps = {
  readonly region: string;
  readonly accountId: string;
  /** The functions of this Region, by name. */
  readonly functionNamed: (name: string) => LocalFunction | undefined;
};

const apiError = (status: number, type: string, body: object): HttpResponse => ({
  status,
  headers: { 'x-amzn-errortype': type },
  body: JSON.stringify({ Type: 'User', ...body }),
});

const invalidContent = (message: string): HttpResponse =>
  apiError(400, 'InvalidRequestContentException', { message });

const tooLarge = (bytesMax: number): HttpResponse =>
  apiError(413, 'RequestTooLargeException', {
    message: `Request must be smaller than ${bytesMax} bytes for the InvokeFunction operation`,
  });

const notFound = (message: string): HttpResponse =>
  apiError(404, 'ResourceNotFoundException', { Message: message });

/** Clients try again later, and find that nobody listens. */
const unavailable = (): HttpResponse =>
  apiError(503, 'ServiceUnavailableException', {
    Type: 'Service',
    Message: 'The local stack is stopping.',
  });

/** The text behind percent escapes; nothing when they are no UTF-8. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const invalidName = (name: string): HttpResponse =>
  apiError(400, 'ValidationException', {
    message: `1 validation error detected: Value '${name}' at 'functionName' failed to satisfy constraint: Member must be valid UTF-8`,
  });

/** The parts of a function's name in a request: a name, a partial or a whole ARN, each with or without qualifier. */
const parseIdentifier = (identifier: string) => {
  const parts = identifier.split(':');
  const [, , , region] = parts;
  if (parts[0] === 'arn') return { region, name: parts[6] ?? '', qualifier: parts[7] };
  if (parts[1] === 'function') return { name: parts[2] ?? '', qualifier: parts[3] };
  return { name: parts[0] ?? '', qualifier: parts[1] };
};

const findFunction = (
  { region, accountId, functionNamed }: InvokeApiDeps,
  request: HttpRequest,
  identifier: string,
): LocalFunction | HttpResponse => {
  const parsed = parseIdentifier(identifier);
  const qualifier = request.query.get('Qualifier') ?? parsed.qualifier;
  if (parsed.region !== undefined && parsed.region !== region) {
    return notFound(
      `Functions from '${parsed.region}' are not reachable in this region ('${region}')`,
    );
  }
  const found = functionNamed(parsed.name);
  if (found && (qualifier === undefined || qualifier === '$LATEST')) return found;
  const arn = `arn:aws:lambda:${region}:${accountId}:function:${parsed.name}`;
  return notFound(`Function not found: ${qualifier === undefined ? arn : `${arn}:${qualifier}`}`);
};

/** Why a text is not JSON, in one line; nothing if it is. */
const jsonFlaw = (text: string): string | undefined => {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};

/** The event as JSON text; an empty body is the empty object. */
const readPayload = (body: Buffer): string | HttpResponse => {
  const text = body.length === 0 ? '{}' : body.toString('utf8');
  const flaw = isUtf8(body) ? jsonFlaw(text) : 'Invalid UTF-8';
  return flaw === undefined
    ? text
    : invalidContent(
        `Could not parse request body into json: Could not parse payload into json: ${flaw}`,
      );
};

const readClientContext = (header: string | undefined): string | undefined | HttpResponse => {
  if (header === undefined) return undefined;
  const bytes = Buffer.from(header, 'base64');
  const context = bytes.toString('utf8');
  const isJson = isUtf8(bytes) && jsonFlaw(context) === undefined;
  return header.length > clientContextBytesMax || !isJson
    ? invalidContent(
        'Client context must be a valid Base64-encoded JSON object of at most 3,583 bytes.',
      )
    : context;
};

const invokeSync = async (
  target: LocalFunction,
  payload: string,
  request: HttpRequest,
): Promise<HttpResponse> => {
  const clientContext = readClientContext(request.headers['x-amz-client-context']);
  if (typeof clientContext === 'object') return clientContext;
  const result = await target.invoke(payload, { clientContext });
  const wantsTail = request.headers['x-amz-log-type'] === 'Tail';
  return {
    status: 200,
    headers: {
      'x-amz-executed-version': '$LATEST',
      'x-amzn-requestid': result.requestId,
      ...(result.functionError && { 'x-amz-function-error': result.functionError }),
      ...(wantsTail && { 'x-amz-log-result': Buffer.from(result.logTail).toString('base64') }),
    },
    body: result.payload,
  };
};

const invoke = async (target: LocalFunction, request: HttpRequest): Promise<HttpResponse> => {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const bytesMax = type === 'Event' ? asyncPayloadBytesMax : syncPayloadBytesMax;
  if (request.body.length > bytesMax) return tooLarge(bytesMax);
  const payload = readPayload(request.body);
  if (typeof payload === 'object') return payload;
  switch (type) {
    case 'RequestResponse':
      return invokeSync(target, payload, request);
    case 'Event':
      return { status: 202, headers: { 'x-amzn-requestid': target.enqueue(payload) } };
    case 'DryRun':
      return { status: 204 };
    default:
      return apiError(400, 'InvalidParameterValueException', {
        message: `Value '${type}' at 'invocationType' must be one of RequestResponse, Event, DryRun`,
      });
  }
};

const describe = ({ configuration }: LocalFunction): HttpResponse => {
  const { name, arn, handler, timeoutSeconds, memoryMb, environment } = configuration;
  const { reservedConcurrency, codeDir } = configuration;
  return {
    status: 200,
    body: JSON.stringify({
      Configuration: {
        FunctionName: name,
        FunctionArn: arn,
        Runtime: 'nodejs24.x',
        Handler: handler,
        Timeout: timeoutSeconds,
        MemorySize: memoryMb,
        Environment: { Variables: environment },
        PackageType: 'Zip',
        State: 'Active',
        LastUpdateStatus: 'Successful',
        Version: '$LATEST',
      },
      Code: { Location: codeDir },
      ...(reservedConcurrency !== undefined && {
        Concurrency: { ReservedConcurrentExecutions: reservedConcurrency },
      }),
    }),
  };
};

/**
 * Lambda's API as far as invoking goes: `Invoke` and `GetFunction`, for functions of one Region.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const createInvokeApi =
  (deps: InvokeApiDeps): Route =>
  (request) => {
    const [matched, identifier = '', invocations] = request.path.match(pathPattern) ?? [];
    const operation = invocations ? 'POST' : 'GET';
    if (matched === undefined || request.method !== operation) return undefined;
    const name = decoded(identifier);
    if (name === undefined) return invalidName(identifier);
    const target = findFunction(deps, request, name);
    if ('status' in target) return target;
    if (operation === 'GET') return describe(target);
    return invoke(target, request).catch((error: unknown) => {
      if (error instanceof FunctionStopped) return unavailable();
      if (!(error instanceof FunctionThrottled)) throw error;
      return apiError(429, 'TooManyRequestsException', {
        Reason: error.reason,
        message: error.message,
      });
    });
  };
