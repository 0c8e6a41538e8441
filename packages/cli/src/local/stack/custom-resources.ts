import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse, Route } from 'antipode-local-dsql/http';
import {
  isObject,
  type Json,
  type JsonObject,
  numberOf,
  objectOf,
  stringOf,
} from '../template/json.ts';
import type { Resource } from '../template/model.ts';
import { stackIdOf } from '../template/scope.ts';
import {
  type CustomResourceAnswer,
  CustomResourceFailed,
  parseAnswer,
  readAnswer,
  strayField,
  withoutAnswer,
} from './providers/custom-resource-answer.ts';

/** The parts of a custom resource that an update of it needs. */
export type CustomResourceState = {
  readonly physicalResourceId: string;
  readonly properties: JsonObject;
};

export interface CustomResources {
  /** The route that receives the functions' answers. */
  readonly route: Route;
  /**
   * Has a custom resource created, or updated or deleted when it has a state, by its function.
   *
   * @throws {CustomResourceFailed} with the function's reason when it answers FAILED, or does not
   * answer.
   */
  readonly run: (
    resource: Resource,
    previous: CustomResourceState | undefined,
    options?: { readonly stackId?: string; readonly isDeletion?: boolean },
  ) => Promise<CustomResourceAnswer>;
}

export type CustomResourcesDeps = {
  /** Invokes the function with an ARN and waits for its result. */
  readonly invoke: (
    functionArn: string,
    payload: string,
  ) => Promise<{ readonly payload: string; readonly functionError?: string | undefined }>;
  /** Origin under which the route is reached from the functions. */
  readonly origin: (region: string) => string;
};

const routePrefix = '/custom-resource-responses/';

/**
 * A function sends its answer before it returns. An answer that is still on its way then arrives
 * within this time.
 */
const lateAnswerMsMax = 1_000;

/** CloudFormation's own limit, unless `ServiceTimeout` sets one. */
const answerSecondsMax = 3_600;

/** CloudFormation hands over every number and boolean as a string. */
const asStrings = (value: Json): Json => {
  if (Array.isArray(value)) return value.map(asStrings);
  if (!isObject(value)) return value === null ? null : String(value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asStrings(inner)]));
};

const afterMs = (
  ms: number,
  failure: () => Error,
): { readonly expired: Promise<never>; readonly cancel: () => void } => {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(failure()), ms);
  return { expired: promise, cancel: () => clearTimeout(timer) };
};

/** The reason for a missing answer, from the function's own result. */
const failureOf = (payload: string): string => {
  const { errorType, errorMessage } = objectOf(parseAnswer(Buffer.from(payload)));
  return `${stringOf(errorType) ?? 'Error'}: ${stringOf(errorMessage) ?? payload}`;
};

type RunOptions = { readonly stackId?: string; readonly isDeletion?: boolean };

const requestOf = (
  resource: Resource,
  previous: CustomResourceState | undefined,
  responseUrl: string,
  { stackId, isDeletion = false }: RunOptions,
): JsonObject => ({
  RequestType: isDeletion ? 'Delete' : previous ? 'Update' : 'Create',
  ResponseURL: responseUrl,
  StackId: stackId ?? stackIdOf(resource.stack, resource.region),
  RequestId: randomUUID(),
  ResourceType: resource.type,
  LogicalResourceId: resource.logicalId,
  ServiceToken: resource.properties['ServiceToken'] ?? '',
  ResourceProperties: asStrings(resource.properties),
  ...(previous && {
    PhysicalResourceId: previous.physicalResourceId,
    ...(!isDeletion && { OldResourceProperties: asStrings(previous.properties) }),
  }),
});

/**
 * Runs custom resources as CloudFormation does: a request to their function, an answer to a URL.
 */
export const createCustomResources = ({ invoke, origin }: CustomResourcesDeps): CustomResources => {
  const waiting = new Map<string, (answer: JsonObject, bytes: number) => void>();

  const answerOf = async (
    resource: Resource,
    previous: CustomResourceState | undefined,
    options: RunOptions,
  ): Promise<CustomResourceAnswer> => {
    const token = randomUUID();
    const url = `${origin(resource.region)}${routePrefix}${token}`;
    const request = requestOf(resource, previous, url, options);
    const answered = Promise.withResolvers<CustomResourceAnswer>();
    let stray = '';
    waiting.set(token, (answer, bytes) => {
      const field = strayField(request, answer);
      if (field) stray = ` An answer has come with another ${field}: copy it from the request.`;
      else answered.resolve(new Promise((resolve) => resolve(readAnswer(answer, bytes))));
    });
    const missing = (why: string) => new Error(withoutAnswer(request['RequestId'], why + stray));
    const seconds = numberOf(resource.properties['ServiceTimeout']) ?? answerSecondsMax;
    const timeout = afterMs(seconds * 1000, () =>
      missing(`It did not answer within ${seconds} s.`),
    );
    const functionArn = stringOf(resource.properties['ServiceToken']) ?? '';
    const returned = invoke(functionArn, JSON.stringify(request)).then(
      ({ payload, functionError }) => {
        if (functionError !== undefined) throw new Error(failureOf(payload));
        return afterMs(lateAnswerMsMax, () => missing('Its function returned without an answer.'))
          .expired;
      },
    );
    try {
      return await Promise.race([answered.promise, returned, timeout.expired]);
    } finally {
      waiting.delete(token);
      timeout.cancel();
      // The function may still fail, or be cut off by the end of the stack, after its answer
      // counted.
      returned.catch(() => undefined);
    }
  };

  return {
    route: ({ method, path, body }: HttpRequest): HttpResponse | undefined => {
      if (!path.startsWith(routePrefix)) return undefined;
      const settle = waiting.get(path.slice(routePrefix.length));
      const answer = parseAnswer(body);
      if (method !== 'PUT' || !settle || !answer) return { status: 403, body: '' };
      settle(answer, body.length);
      return { status: 200, body: '' };
    },
    run: async (resource, previous, options = {}) => {
      try {
        return await answerOf(resource, previous, options);
      } catch (cause) {
        if (cause instanceof CustomResourceFailed) throw cause;
        throw new CustomResourceFailed((cause as Error).message, { cause });
      }
    },
  };
};
