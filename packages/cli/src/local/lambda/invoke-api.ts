import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import { validTraceHeader } from '../trace-header.ts';
import {
  accessDenied,
  apiError,
  invalidContent,
  invalidParameter,
  notFound,
  payloadTooLarge,
  unavailable,
  validationError,
} from './api-errors.ts';
import { FunctionStopped, FunctionThrottled } from './errors.ts';
import { describeConfiguration, describeFunction } from './function-description.ts';
import {
  functionArn,
  identifierFlaw,
  latestVersion,
  parseIdentifier,
} from './function-identifier.ts';
import { updateRole } from './update-configuration.ts';
import type { InvocableFunction } from './versioned-function.ts';

/** Lambda's limit on the event of a synchronous invocation, in bytes. */
const syncPayloadBytesMax = 6 * 1024 * 1024;

/**
 * Lambda's limit on the event of an asynchronous invocation, in bytes (256 KB until 2026-01-29).
 */
const asyncPayloadBytesMax = 1024 * 1024;

/** Lambda's limit on the client context, in bytes of base64. */
const clientContextBytesMax = 3583;

const pathPattern = /^\/2015-03-31\/functions\/([^/]+)(?:\/(invocations|configuration))?$/;

export type InvokeApiDeps = {
  readonly region: string;
  readonly accountId: string;
  /** The functions of this Region, by name. */
  readonly functionNamed: (name: string) => InvocableFunction | undefined;
  /** Their published versions and aliases; none unless given. */
  readonly qualified?: (name: string, qualifier: string) => InvocableFunction | undefined;
};

/** A function that a request names, and the version that it names with it. */
type Found = { readonly target: InvocableFunction; readonly qualifier: string | undefined };

type LambdaOperation = {
  /** The action that a policy would have to allow. */
  readonly action: string;
  /**
   * The version in the message that there is no such function, unless the caller named one
   * (recorded 2025-11-25).
   */
  readonly defaultVersion?: string;
  readonly run: (found: Found, request: HttpRequest) => Promise<HttpResponse> | HttpResponse;
};

/** The text behind percent escapes; nothing when they are no UTF-8. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

/** The caller in messages. It is the same for every caller, since signatures are not checked. */
const callerOf = (account: string): string => `arn:aws:iam::${account}:role/local`;

/**
 * The function of a request, or the first thing that is wrong with its name. Their order is
 * recorded in parts: a name that cannot be read comes first, and two qualifiers that differ come
 * before a function that does not exist. A Region is assumed to come before an account.
 */
const findFunction = (
  { region, accountId, functionNamed, qualified: versionOf }: InvokeApiDeps,
  { action, defaultVersion }: LambdaOperation,
  identifier: string,
  qualified: string | undefined,
): Found | HttpResponse => {
  const parsed = parseIdentifier(identifier);
  const flaw = identifierFlaw(identifier, qualified);
  if (!parsed || flaw !== undefined) return validationError(flaw ?? identifier);
  const { name, account = accountId } = parsed;
  if (parsed.region !== undefined && parsed.region !== region) {
    return notFound(
      `Functions from '${parsed.region}' are not reachable in this region ('${region}')`,
    );
  }
  if (account !== accountId) {
    const arn = functionArn(region, account, parsed);
    return accessDenied(callerOf(accountId), action, arn);
  }
  const qualifier = qualified ?? parsed.qualifier;
  if (parsed.qualifier !== undefined && parsed.qualifier !== qualifier) {
    return invalidParameter(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  }
  const target =
    (qualifier ?? latestVersion) === latestVersion
      ? functionNamed(name)
      : versionOf?.(name, qualifier ?? latestVersion);
  if (target) return { target, qualifier };
  const missing = functionArn(region, account, { name, qualifier: qualifier ?? defaultVersion });
  return notFound(`Function not found: ${missing}`);
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

/** The X-Ray header that a client has, such as a function that invokes another. */
const traceOf = ({ headers }: HttpRequest): string | undefined =>
  validTraceHeader(headers['x-amzn-trace-id']);

const invokeSync = async (
  target: InvocableFunction,
  payload: string,
  request: HttpRequest,
): Promise<HttpResponse> => {
  const clientContext = readClientContext(request.headers['x-amz-client-context']);
  if (typeof clientContext === 'object') return clientContext;
  const result = await target.invoke(payload, { clientContext, traceHeader: traceOf(request) });
  const wantsTail = request.headers['x-amz-log-type'] === 'Tail';
  return {
    status: 200,
    headers: {
      'x-amz-executed-version': result.executedVersion ?? latestVersion,
      'x-amzn-requestid': result.requestId,
      ...(result.functionError && { 'x-amz-function-error': result.functionError }),
      ...(wantsTail && { 'x-amz-log-result': Buffer.from(result.logTail).toString('base64') }),
    },
    body: result.payload,
  };
};

const invoke = async ({ target }: Found, request: HttpRequest): Promise<HttpResponse> => {
  const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
  const bytesMax = type === 'Event' ? asyncPayloadBytesMax : syncPayloadBytesMax;
  if (request.body.length > bytesMax) return payloadTooLarge(bytesMax);
  const payload = readPayload(request.body);
  if (typeof payload === 'object') return payload;
  switch (type) {
    case 'RequestResponse':
      return invokeSync(target, payload, request);
    case 'Event': {
      const requestId = target.enqueue(payload, { traceHeader: traceOf(request) });
      return { status: 202, headers: { 'x-amzn-requestid': requestId } };
    }
    case 'DryRun':
      return { status: 204 };
    default:
      return invalidParameter(
        `Value '${type}' at 'invocationType' must be one of RequestResponse, Event, DryRun`,
      );
  }
};

/** By their method and the last part of their path. */
const operations: Readonly<Record<string, LambdaOperation>> = {
  'GET ': {
    action: 'lambda:GetFunction',
    run: ({ target, qualifier }) => describeFunction(target, qualifier),
  },
  'GET configuration': {
    action: 'lambda:GetFunctionConfiguration',
    run: ({ target, qualifier }) => describeConfiguration(target, qualifier),
  },
  'PUT configuration': {
    action: 'lambda:UpdateFunctionConfiguration',
    run: ({ target, qualifier }, request) =>
      updateRole(target, request) ?? describeConfiguration(target, qualifier),
  },
  'POST invocations': {
    action: 'lambda:InvokeFunction',
    defaultVersion: latestVersion,
    run: invoke,
  },
};

/**
 * The part of Lambda's API that invokes functions of one Region: `Invoke`, `GetFunction`,
 * `GetFunctionConfiguration` and, for the role alone, `UpdateFunctionConfiguration`.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
 */
export const createInvokeApi =
  (deps: InvokeApiDeps): Route =>
  async (request) => {
    const [, encoded, last = ''] = request.path.match(pathPattern) ?? [];
    const operation = operations[`${request.method} ${last}`];
    if (encoded === undefined || operation === undefined) return undefined;
    const identifier = decoded(encoded);
    if (identifier === undefined) return validationError(identifierFlaw(encoded, undefined) ?? '');
    const qualifier = request.query.get('Qualifier') ?? undefined;
    const found = findFunction(deps, operation, identifier, qualifier);
    if ('status' in found) return found;
    try {
      return await operation.run(found, request);
    } catch (error) {
      if (error instanceof FunctionStopped) return unavailable();
      if (!(error instanceof FunctionThrottled)) throw error;
      const { reason, message } = error;
      return apiError(429, 'TooManyRequestsException', { Reason: reason, message });
    }
  };
