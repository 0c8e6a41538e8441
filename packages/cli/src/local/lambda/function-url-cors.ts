import type { HttpRequest, HttpResponse } from 'antipode-local-dsql/http';

/**
 * A Function URL's `Cors`, as its template gives it.
 *
 * @see
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-lambda-url-cors.html
 */
export type FunctionUrlCors = {
  readonly origins: readonly string[];
  readonly methods: readonly string[];
  readonly headers: readonly string[];
  readonly exposed: readonly string[];
  readonly credentials: boolean;
  readonly maxAgeSeconds: number | undefined;
};

/** Whether pages of an origin may call the function. */
export const allowsOrigin = ({ origins }: FunctionUrlCors, origin: string): boolean =>
  origins.includes('*') || origins.includes(origin);

/** A browser's question before the request proper, which Lambda answers itself. */
const isPreflight = ({ method, headers }: HttpRequest): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;

const list = (name: string, values: readonly string[]): Record<string, string> =>
  values.length === 0 ? {} : { [name]: values.join(',') };

const grants = (cors: FunctionUrlCors, origin: string): Record<string, string> => ({
  'access-control-allow-origin': cors.origins.includes('*') && !cors.credentials ? '*' : origin,
  ...(cors.credentials && { 'access-control-allow-credentials': 'true' }),
  ...list('access-control-expose-headers', cors.exposed),
  vary: 'Origin',
});

/** The answer to a preflight, or the headers that Lambda adds to the function's answer. */
export const applyCors = async (
  cors: FunctionUrlCors | undefined,
  request: HttpRequest,
  call: () => Promise<HttpResponse>,
): Promise<HttpResponse> => {
  const { origin } = request.headers;
  if (!cors || origin === undefined || !allowsOrigin(cors, origin)) return call();
  const granted = grants(cors, origin);
  if (!isPreflight(request)) {
    const answer = await call();
    return { ...answer, headers: { ...answer.headers, ...granted } };
  }
  const age = cors.maxAgeSeconds;
  return {
    status: 200,
    headers: {
      ...granted,
      ...list('access-control-allow-methods', cors.methods),
      ...list('access-control-allow-headers', cors.headers),
      ...(age !== undefined && { 'access-control-max-age': String(age) }),
    },
    body: '',
  };
};
