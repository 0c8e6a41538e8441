import { randomUUID } from 'node:crypto';
import * as v from 'valibot';
import type { HttpRequest, HttpResponse, Route } from './http.ts';

type AwsErrorOptions = ErrorOptions & { readonly code: string; readonly queryCode?: string };

/** An error as AWS's JSON protocols put it on the wire; `name` is its code. */
export class AwsError extends Error {
  override readonly name: string;
  /** The code of the older query protocol, which SQS clients still report. */
  readonly queryCode: string | undefined;
  constructor(message: string, options: AwsErrorOptions) {
    super(message, options);
    this.name = options.code;
    this.queryCode = options.queryCode;
  }
}

/** Answers one operation from its parsed input. */
export type Operation = (input: unknown) => unknown;

export type AwsJsonService = {
  /** Before the dot of `X-Amz-Target`, such as `AWSEvents`. */
  readonly target: string;
  readonly version: '1.0' | '1.1';
  /** Before the `#` of an error's type, if the service has one there. */
  readonly namespace?: string;
  readonly operations: Readonly<Record<string, Operation>>;
};

/** What is wrong with a value, as `path: reason` of the first issue. */
export const firstIssue = (issues: readonly [v.BaseIssue<unknown>, ...unknown[]]): string => {
  const [issue] = issues;
  const path = v.getDotPath(issue);
  return path === null ? issue.message : `${path}: ${issue.message}`;
};

/**
 * An operation that checks its input. A parameter that the schema does not name is an error: to ignore it would be to
 * behave unlike AWS in silence.
 *
 * @throws {AwsError} `ValidationException` with the first wrong parameter.
 */
export const operation =
  <Schema extends v.GenericSchema>(
    schema: Schema,
    run: (input: v.InferOutput<Schema>) => unknown,
  ): Operation =>
  (input) => {
    const checked = v.safeParse(schema, input);
    if (!checked.success) {
      throw new AwsError(firstIssue(checked.issues), { code: 'ValidationException' });
    }
    return run(checked.output);
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
  const { headers, ...response } = respond(service, 400, {
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

const parseBody = ({ body }: HttpRequest): unknown => {
  try {
    return body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new AwsError('The request body is not JSON.', { code: 'SerializationException', cause });
  }
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
  return respond(service, 200, await found(parseBody(request)));
};

/** Serves an AWS JSON 1.0 or 1.1 service; requests for other targets are left to the next route. */
export const awsJsonRoute =
  (service: AwsJsonService): Route =>
  (request) => {
    const [target, name = ''] = (request.headers['x-amz-target'] ?? '').split('.');
    if (target !== service.target) return undefined;
    return run(service, name, request).catch((error: unknown) => {
      if (error instanceof AwsError) return respondError(service, error);
      throw error;
    });
  };
