import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import * as v from 'valibot';

type AwsErrorOptions = ErrorOptions & {
  readonly code: string;
  readonly queryCode?: string;
  /** The HTTP status, 400 unless given. */
  readonly status?: number;
};

/** An error as AWS's JSON protocols put it on the wire; `name` is its code. */
export class AwsError extends Error {
  override readonly name: string;
  /** The code of the older query protocol, which SQS clients still report. */
  readonly queryCode: string | undefined;
  readonly status: number;
  constructor(message: string, options: AwsErrorOptions) {
    super(message, options);
    this.name = options.code;
    this.queryCode = options.queryCode;
    this.status = options.status ?? 400;
  }
}

/** Answers one operation from its parsed input; the request is for what AWS reads from headers. */
export type Operation = (input: unknown, request: HttpRequest) => unknown;

export type AwsJsonService = {
  /** Before the dot of `X-Amz-Target`, such as `AWSEvents`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Whether the service answers at a path besides `/`. */
  readonly alsoAt?: (path: string) => boolean;
  /** Before the `#` of an error's type, if the service has one there. */
  readonly namespace?: string;
  readonly operations: Readonly<Record<string, Operation>>;
};

/** The first issue of a value, as `path: reason`. */
export const firstIssue = (issues: readonly [v.BaseIssue<unknown>, ...unknown[]]): string => {
  const [issue] = issues;
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
};

/** The tokens of AWS's JSON reader, by the type of a value. */
const tokenOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'START_ARRAY';
  if (typeof value === 'object') return 'START_OBJECT';
  if (typeof value === 'boolean') return value ? 'TRUE_VALUE' : 'FALSE_VALUE';
  return typeof value === 'number' ? 'NUMBER_VALUE' : 'STRING_VALUE';
};

/**
 * The names of AWS's reader for the types of schemas; those of `integer` and `timestamp` are their
 * messages.
 */
const readerTypes: Readonly<Record<string, string>> = {
  string: 'String',
  number: 'Double',
  boolean: 'Boolean',
  array: 'List',
};

/** A whole number. */
export const integer = v.pipe(v.number('Integer'), v.integer('Integer'));

/** Seconds since the epoch, which may have a fraction; a timestamp written as text is refused. */
export const timestamp = v.number('Date');

/**
 * A value of the wrong type, which AWS's reader refuses before the operation sees it:
 * `STRING_VALUE cannot be converted to Date` is recorded from PutEvents.
 */
const wrongType = (issue: v.BaseIssue<unknown>): AwsError => {
  const named = issue.message === 'Integer' || issue.message === 'Date';
  const type = named ? issue.message : (readerTypes[issue.type] ?? 'structure');
  const path = v.getDotPath(issue) ?? 'the request';
  return new AwsError(`${tokenOf(issue.input)} cannot be converted to ${type} (${path})`, {
    code: 'SerializationException',
  });
};

/** Makes a service's error for a parameter that has to be there and is not. */
export type MissingParameter = (issue: v.BaseIssue<unknown>) => AwsError;

const validationException = (issue: v.BaseIssue<unknown>): AwsError =>
  new AwsError(firstIssue([issue]), { code: 'ValidationException' });

/**
 * Below any parameter that an operation here has, so that the depth of a request costs no stack.
 */
const parameterLevelsMax = 8;

/** Whether a value is a JSON object. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** AWS's JSON protocols read a member that is null as absent. */
const withoutNulls = (value: unknown, level = 0): unknown => {
  if (level === parameterLevelsMax) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => withoutNulls(item, level + 1));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null)
      .map(([name, member]) => [name, withoutNulls(member, level + 1)]),
  );
};

const isUnknown = ({ type, expected }: v.BaseIssue<unknown>): boolean =>
  type === 'strict_object' && expected === 'never';

const isMissing = ({ kind, input }: v.BaseIssue<unknown>): boolean =>
  kind === 'schema' && input === undefined;

/**
 * An operation that checks its input. A parameter that the schema does not name is an error: to
 * ignore it would be to behave unlike AWS in silence.
 *
 * @throws {AwsError} `SerializationException` for the first value of a wrong type, otherwise
 *   `missing` for the first parameter that is absent, otherwise `ValidationException` for the first
 *   other one.
 */
export const operation =
  <Schema extends v.GenericSchema>(
    schema: Schema,
    run: (input: v.InferOutput<Schema>, request: HttpRequest) => unknown,
    missing: MissingParameter = validationException,
  ): Operation =>
  (input, request) => {
    const checked = v.safeParse(schema, withoutNulls(input));
    if (checked.success) return run(checked.output, request);
    const issues: readonly v.BaseIssue<unknown>[] = checked.issues;
    const absent = issues.find(isMissing);
    const unknown = issues.find(isUnknown);
    const wrong = issues.find((issue) => !isMissing(issue) && !isUnknown(issue));
    if (wrong) throw wrongType(wrong);
    if (absent) throw missing(absent);
    throw validationException(unknown ?? checked.issues[0]);
  };

const respond = (service: AwsJsonService, status: number, body: unknown): HttpResponse => ({
  status,
  headers: {
    'content-type': `application/x-amz-json-${service.version}`,
    'x-amzn-requestid': randomUUID(),
  },
  body: JSON.stringify(body ?? {}),
});

const respondError = (service: AwsJsonService, error: AwsError): HttpResponse => {
  const prefix = service.namespace === undefined ? '' : `${service.namespace}#`;
  const { headers, ...response } = respond(service, error.status, {
    __type: `${prefix}${error.name}`,
    message: error.message,
  });
  return {
    ...response,
    headers: {
      ...headers,
      ...(error.queryCode === undefined
        ? {}
        : { 'x-amzn-query-error': `${error.queryCode};Sender` }),
    },
  };
};

const unreadable = (message: string, options: ErrorOptions = {}): AwsError =>
  new AwsError(message, { code: 'SerializationException', ...options });

/**
 * Decoding invalid UTF-8 would put U+FFFD in its place, and the service would keep another text
 * than was sent.
 */
const parseBody = ({ body }: HttpRequest): unknown => {
  if (body.length === 0) return {};
  if (!isUtf8(body)) throw unreadable('The request body is not valid UTF-8.');
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw unreadable('The request body is not JSON.', { cause });
  }
  if (!isObject(value)) throw unreadable('The request body is not a JSON object.');
  return value;
};

const run = async (service: AwsJsonService, name: string, request: HttpRequest) => {
  const found = Object.hasOwn(service.operations, name) ? service.operations[name] : undefined;
  if (!found) {
    const known = Object.keys(service.operations).join(', ');
    throw new AwsError(
      `The local stack does not offer ${service.target}.${name}; it offers ${known}.`,
      { code: 'UnknownOperationException' },
    );
  }
  return respond(service, 200, await found(parseBody(request), request));
};

const notPosted = (service: AwsJsonService): HttpResponse =>
  respondError(
    service,
    new AwsError('Operations of this service are called by POST.', {
      code: 'UnknownOperationException',
      status: 404,
    }),
  );

/**
 * Serves an AWS JSON 1.0 or 1.1 service, whose operations are POSTed to `/`; requests for other
 * targets or paths are left to the next route.
 */
export const awsJsonRoute =
  (service: AwsJsonService): Route =>
  (request) => {
    const [target, ...rest] = (request.headers['x-amz-target'] ?? '').split('.');
    const isHere = request.path === '/' || service.alsoAt?.(request.path) === true;
    if (target !== service.target || !isHere) return undefined;
    if (request.method !== 'POST') return notPosted(service);
    return run(service, rest.join('.'), request).catch((error: unknown) => {
      if (error instanceof AwsError) return respondError(service, error);
      throw error;
    });
  };
