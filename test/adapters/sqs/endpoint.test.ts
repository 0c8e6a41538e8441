import { describe, expect, it } from 'vitest';
import { sqsEndpoint } from '../../../src/adapters/sqs/index.ts';

const queueUrl = 'https://sqs.us-east-1.amazonaws.com/123456789012/failures';
const fips = { AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'true' };
const dualStack = { AWS_USE_DUALSTACK_ENDPOINT: 'true' };

describe('the address of SQS', () => {
  it.each([
    ['the host of the URL of the queue', {}, 'https://sqs.us-east-1.amazonaws.com/'],
    ['that of FIPS', fips, 'https://sqs-fips.us-east-1.amazonaws.com/'],
    [
      'that of dual stack',
      { ...dualStack, AWS_REGION: 'us-east-1' },
      'https://sqs.us-east-1.api.aws/',
    ],
    ['that of both', { ...fips, ...dualStack }, 'https://sqs-fips.us-east-1.api.aws/'],
    [
      'that of FIPS in GovCloud, which is the plain one',
      { ...fips, AWS_REGION: 'us-gov-west-1' },
      'https://sqs.us-gov-west-1.amazonaws.com/',
    ],
    ['one of its own', { AWS_ENDPOINT_URL_SQS: 'http://127.0.0.1:4510' }, 'http://127.0.0.1:4510/'],
    [
      'the host of the URL of the queue, without FIPS',
      { AWS_REGION: 'us-east-1', AWS_USE_FIPS_ENDPOINT: 'false' },
      'https://sqs.us-east-1.amazonaws.com/',
    ],
  ])('is %s', (_, env, address) => {
    const region = 'AWS_REGION' in env ? env.AWS_REGION : 'us-east-1';
    const queue = queueUrl.replace('us-east-1', region);
    expect(sqsEndpoint(queue, env).href).toBe(address);
  });

  it.each([
    [{ ...fips, AWS_ENDPOINT_URL: 'http://127.0.0.1:4510' }, /^Unset AWS_USE_FIPS_ENDPOINT and/],
    [{ AWS_USE_FIPS_ENDPOINT: 'true' }, /^Set AWS_REGION to/],
    [{ ...fips, AWS_USE_FIPS_ENDPOINT: 'yes' }, 'Set AWS_USE_FIPS_ENDPOINT to true or false'],
  ])('is refused with %j', (env, message) => {
    expect(() => sqsEndpoint(queueUrl, env)).toThrow(message);
  });

  it('is none without the URL of a queue', () => {
    expect(() => sqsEndpoint('failures', {})).toThrow('The URL of the queue is none');
  });
});
