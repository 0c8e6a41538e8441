import { InvariantViolation } from '../../domain/kernel/index.ts';
import { configuredEndpoint } from '../aws/endpoint.ts';

/**
 * The address of SQS for one queue: `AWS_ENDPOINT_URL_SQS` or `AWS_ENDPOINT_URL` where one is set,
 * otherwise the host of the queue's URL.
 *
 * @throws {InvariantViolation} that names the variable to set, or when `queueUrl` is no URL
 * @example
 * // https://sqs.us-east-1.amazonaws.com/
 * sqsEndpoint('https://sqs.us-east-1.amazonaws.com/123456789012/failures', process.env).href;
 */
export const sqsEndpoint = (
  queueUrl: string,
  env: Readonly<Record<string, string | undefined>>,
): URL => {
  if (!URL.canParse(queueUrl)) {
    throw new InvariantViolation(
      'The URL of the queue is none: give one such as https://sqs.us-east-1.amazonaws.com/123456789012/failures',
    );
  }
  return configuredEndpoint('SQS', env) ?? new URL('/', queueUrl);
};
