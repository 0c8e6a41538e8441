import { type Json, Unavailable } from '../../domain/kernel/index.ts';
import { type ServiceEndpoint, serviceEndpoint } from '../aws/endpoint.ts';
import { createHttpExchange, type HttpAnswer } from '../aws/http-exchange.ts';
import { createRequestSigner, type SigningKeys } from '../aws/signature.ts';

const lambda: ServiceEndpoint = {
  host: 'lambda',
  variable: 'LAMBDA',
  isFipsItself: () => false,
};

/**
 * The address of Lambda, by the rules of the AWS SDKs: `AWS_ENDPOINT_URL_LAMBDA`,
 * `AWS_ENDPOINT_URL` or the Region's own.
 *
 * @throws {InvariantViolation} that names the variable to set
 */
export const lambdaEndpoint = (
  region: string,
  env: Readonly<Record<string, string | undefined>>,
): URL => serviceEndpoint(lambda, region, env);

/** Lambda has the event, and has not run the function yet. */
const acceptedStatus = 202;

/** Leaves room for the rest of a line in a log. Characters. */
const messageLengthMax = 300;

const refusalOf = ({ status, body, headers }: HttpAnswer): Unavailable => {
  const code = String(headers['x-amzn-errortype'] ?? 'no error code').split(':', 1)[0];
  const text = body.slice(0, messageLengthMax);
  return new Unavailable(`Lambda did not take the event: HTTP status ${status}, ${code}: ${text}`);
};

/**
 * Invokes one function without waiting for its answer, as Lambda's `Event` invocations do. Without
 * the AWS SDK: one signed request, sent once.
 *
 * @param credentials is asked for each request: Lambda's keys are replaced while the process lives
 * @returns a function that throws {Unavailable} where Lambda does not take the event, {NoAnswer}
 * where it does not answer, and the reason of the signal once that is aborted
 * @example
 * const url = lambdaEndpoint(region, process.env);
 * const functionName = 'booking-relay';
 * const invoke = createFunctionInvoker({ functionName, region, url, credentials });
 * await invoke({ scheduledTime }, AbortSignal.timeout(1_000));
 */
export const createFunctionInvoker = (options: {
  readonly functionName: string;
  readonly region: string;
  readonly url: URL;
  readonly credentials: () => SigningKeys | Promise<SigningKeys>;
}): ((event: Json, signal: AbortSignal) => Promise<void>) => {
  const { functionName, region, url, credentials } = options;
  const path = `2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  const target = new URL(path, url);
  const { post } = createHttpExchange(target, 'Lambda');
  const sign = createRequestSigner('lambda', region, credentials);
  return async (event, signal) => {
    const body = Buffer.from(JSON.stringify(event));
    const headers = {
      'content-type': 'application/json',
      'content-length': String(body.length),
      'user-agent': 'antipode',
      'x-amz-invocation-type': 'Event',
    };
    const signed = await sign(target, { headers, body }, new Date());
    signal.throwIfAborted();
    const answer = await post(signed, body, signal);
    if (answer.status !== acceptedStatus) throw refusalOf(answer);
  };
};
