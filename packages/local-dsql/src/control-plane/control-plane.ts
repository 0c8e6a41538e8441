import { isUtf8 } from 'node:buffer';
import type { HttpRequest, HttpResponse, Route } from '../http/http.ts';
import { signatureScope } from '../http/signature-scope.ts';
import type { ClusterRegistry } from './clusters.ts';
import { type ControlPlaneApi, createControlPlaneApi } from './control-plane-api.ts';
import { AnswerLost, ControlPlaneError, errorStatus, invalid } from './control-plane-error.ts';
import { type Fields, isRecord, parseJson } from './fields.ts';
import type { ControlPlaneOperation } from './operations.ts';

/** An operation and the members of its input that are in the path. */
type Target = { readonly operation: ControlPlaneOperation; readonly input: Fields };

type Methods = Readonly<Record<string, ControlPlaneOperation>>;

/** The paths of the service's model, with the member that each holds. */
const paths: readonly {
  readonly pattern: RegExp;
  readonly member?: string;
  readonly methods: Methods;
}[] = [
  { pattern: /^\/cluster$/, methods: { GET: 'ListClusters', POST: 'CreateCluster' } },
  {
    pattern: /^\/cluster\/([^/]+)$/,
    member: 'identifier',
    methods: { GET: 'GetCluster', POST: 'UpdateCluster', DELETE: 'DeleteCluster' },
  },
  {
    pattern: /^\/cluster\/([^/]+)\/policy$/,
    member: 'identifier',
    methods: {
      GET: 'GetClusterPolicy',
      POST: 'PutClusterPolicy',
      DELETE: 'DeleteClusterPolicy',
    },
  },
  {
    pattern: /^\/clusters\/([^/]+)\/vpc-endpoint-service-name$/,
    member: 'identifier',
    methods: { GET: 'GetVpcEndpointServiceName' },
  },
  {
    pattern: /^\/tags\/(arn(?::|%3A)aws(?::|%3A)dsql(?::|%3A).+)$/i,
    member: 'resourceArn',
    methods: { GET: 'ListTagsForResource', POST: 'TagResource', DELETE: 'UntagResource' },
  },
];

const targetOf = ({ method, path }: HttpRequest): Target | undefined => {
  for (const { pattern, member, methods } of paths) {
    const match = pattern.exec(path);
    const operation = methods[method];
    if (match && operation) {
      const value = decodeURIComponent(match[1] ?? '');
      return { operation, input: member === undefined ? {} : { [member]: value } };
    }
  }
  return undefined;
};

/** The members that are in the query, by their names there. */
const queryMembers = {
  'client-token': 'clientToken',
  'expected-policy-version': 'expectedPolicyVersion',
  'max-results': 'maxResults',
  'next-token': 'nextToken',
} as const;

const queryInput = ({ query }: HttpRequest): Fields => {
  const tagKeys = query.getAll('tagKeys');
  const members = Object.entries(queryMembers).flatMap(([name, member]) => {
    const value = query.get(name);
    return value === null ? [] : [[member, value]];
  });
  return { ...Object.fromEntries(members), ...(tagKeys.length > 0 && { tagKeys }) };
};

const bodyInput = ({ body }: HttpRequest): Fields => {
  if (!isUtf8(body)) throw invalid('The request body is not valid UTF-8.');
  const value = parseJson(body.toString() || '{}');
  if (value === undefined) throw invalid('The request body is not JSON.', 'cannotParse');
  if (isRecord(value)) return value;
  throw invalid('The request body is not an object.');
};

const errorAnswer = ({
  kind,
  message,
  details,
  retryAfterSeconds,
}: ControlPlaneError): HttpResponse => ({
  status: errorStatus[kind],
  headers: {
    'x-amzn-errortype': kind,
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
  },
  body: JSON.stringify({ message, ...details }),
});

/**
 * Answers DSQL's control API.
 *
 * A client that signs for another Region than the port's own is answered for that Region, because
 * one address may stand for all Regions.
 *
 * @example
 * startHttpServer({ port, routes: [dsqlControlPlane({ region: 'us-east-1', registry })] });
 */
export const dsqlControlPlane = (options: {
  /** The Region of a request that is not signed. */
  readonly region: string;
  readonly registry: ClusterRegistry;
  /** The API over the registry, where it is shared with others or has failures. */
  readonly api?: ControlPlaneApi;
}): Route => {
  const { region, registry, api = createControlPlaneApi({ registry }) } = options;
  return async (request) => {
    const scope = signatureScope(request) ?? { region, service: 'dsql' };
    const target = scope.service === 'dsql' ? targetOf(request) : undefined;
    if (target === undefined) return undefined;
    try {
      const input = { ...bodyInput(request), ...queryInput(request), ...target.input };
      const output = await api.send(scope.region, target.operation, input);
      return { status: 200, body: JSON.stringify(output) };
    } catch (error) {
      if (error instanceof AnswerLost) return { status: 0, hangUp: true };
      if (error instanceof ControlPlaneError) return errorAnswer(error);
      throw error;
    }
  };
};
