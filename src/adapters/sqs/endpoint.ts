import { InvariantViolation } from '../../domain/kernel/index.ts';
import {
  configuredEndpoint,
  type EnvironmentVariables,
  type ServiceEndpoint,
  serviceEndpoint,
} from '../aws/endpoint.ts';

/** The rules of SQS, taken from the SDK's. */
const sqs: ServiceEndpoint = {
  host: 'sqs',
  variable: 'SQS',
  isFipsItself: (region, dualStack) => region.startsWith('us-gov-') && !dualStack,
};

/**
 * The address of SQS for one queue: `AWS_ENDPOINT_URL_SQS` or `AWS_ENDPOINT_URL` where one is set;
 * the endpoint of `AWS_REGION` for FIPS or dual stack where `AWS_USE_FIPS_ENDPOINT` or
 * `AWS_USE_DUALSTACK_ENDPOINT` is true; otherwise the host of the queue's URL.
 *
 * @throws {InvariantViolation} that names the variable to set, or when `queueUrl` is no URL
 * @example
 * // https://sqs.us-east-1.amazonaws.com/
 * sqsEndpoint('https://sqs.us-east-1.amazonaws.com/123456789012/failures', process.env).href;
 */
export const sqsEndpoint = (queueUrl: string, env: EnvironmentVariables): URL => {
  if (!URL.canParse(queueUrl)) {
    throw new InvariantViolation(
      'The URL of the queue is none: give one such as https://sqs.us-east-1.amazonaws.com/123456789012/failures',
    );
  }
  const isOther = env['AWS_USE_FIPS_ENDPOINT'] || env['AWS_USE_DUALSTACK_ENDPOINT'];
  const configured = configuredEndpoint(sqs.variable, env);
  if (!isOther) return configured ?? new URL('/', queueUrl);
  const region = env['AWS_REGION'] ?? '';
  const plain = serviceEndpoint(sqs, region, { AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' });
  const url = serviceEndpoint(sqs, region, env);
  return url.href === plain.href ? new URL('/', queueUrl) : url;
};
