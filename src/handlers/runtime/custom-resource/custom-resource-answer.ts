import { InvalidInput } from '../../../domain/kernel/index.ts';

/** The requests that a function accepts. */
export type CustomResourceTrust = {
  /** The stack that the function belongs to; unless given, requests of any stack are taken. */
  readonly stackId?: string | undefined;
  /**
   * An origin that may receive answers besides CloudFormation's buckets. The local stack sets one:
   * `http://localhost:4100`.
   */
  readonly responseOrigin?: string | undefined;
  /** Names of the IAM roles that a migration may let in: those of the stack's own functions. */
  readonly clientRoleNames?: readonly string[] | undefined;
};

/**
 * Reads `CUSTOM_RESOURCE_STACK_ID` and `CLIENT_ROLE_NAMES`, which the constructs set, and
 * `CUSTOM_RESOURCE_RESPONSE_ORIGIN`, which the local stack sets.
 */
export const readCustomResourceTrust = (
  env: Readonly<Record<string, string | undefined>>,
): CustomResourceTrust => ({
  stackId: env['CUSTOM_RESOURCE_STACK_ID'] || undefined,
  responseOrigin: env['CUSTOM_RESOURCE_RESPONSE_ORIGIN'] || undefined,
  clientRoleNames: env['CLIENT_ROLE_NAMES']?.split(',').filter(Boolean),
});

/** S3's domain in each partition of AWS. */
const domains: Readonly<Record<string, string>> = {
  aws: 'amazonaws.com',
  'aws-cn': 'amazonaws.com.cn',
  'aws-eusc': 'amazonaws.eu',
  'aws-iso': 'c2s.ic.gov',
  'aws-iso-b': 'sc2s.sgov.gov',
  'aws-iso-e': 'cloud.adc-e.uk',
  'aws-iso-f': 'csp.hci.ic.gov',
  'aws-us-gov': 'amazonaws.com',
};

const stackPattern = /^arn:([a-z-]+):cloudformation:([a-z0-9-]+):(\d{12}):stack\/[^/]+\/[^/]+$/;

/** The partition, Region and account in the ARN of a stack; `undefined` for another text. */
export const readStackId = (stackId: string) => {
  const [, partition = '', region = '', account = ''] = stackPattern.exec(stackId) ?? [];
  return region === '' ? undefined : { partition, region, account };
};

const parseUrl = (text: string): URL | undefined =>
  URL.canParse(text) ? new URL(text) : undefined;

/**
 * CloudFormation's bucket for answers in the Region of a stack, at the addresses that S3 has for
 * it.
 */
const isBucketUrl = (url: URL, stackId: string): boolean => {
  const { partition, region } = readStackId(stackId) ?? {};
  const domain = domains[partition ?? ''];
  if (region === undefined || domain === undefined) return false;
  if (url.protocol !== 'https:' || url.port !== '' || url.username !== '' || url.password !== '') {
    return false;
  }
  const bucket = `cloudformation-custom-resource-response-${region.replaceAll('-', '')}`;
  const services = ['s3', `s3.${region}`, `s3-${region}`, `s3.dualstack.${region}`];
  return services.some(
    (service) =>
      url.hostname === `${bucket}.${service}.${domain}` ||
      (url.hostname === `${service}.${domain}` && url.pathname.startsWith(`/${bucket}/`)),
  );
};

/**
 * Refuses a request that is not CloudFormation's own, before anything is done for it: it is not of
 * this function's stack, or its answer would go elsewhere.
 *
 * @throws {InvalidInput} without the address, which lets anyone answer who knows it
 */
export const refuseStrangers = (
  request: { readonly StackId?: unknown; readonly ResponseURL?: unknown },
  { stackId, responseOrigin }: CustomResourceTrust,
): void => {
  const { StackId, ResponseURL } = request;
  if (typeof StackId !== 'string' || typeof ResponseURL !== 'string') {
    throw new InvalidInput('This is no request of CloudFormation: deploy the stack instead');
  }
  if (stackId !== undefined && StackId !== stackId) {
    throw new InvalidInput(
      'The request is of another stack: only the stack of this function may send one',
    );
  }
  const url = parseUrl(ResponseURL);
  const isLocal = responseOrigin !== undefined && url?.origin === parseUrl(responseOrigin)?.origin;
  if (url === undefined || !(isLocal || isBucketUrl(url, StackId))) {
    throw new InvalidInput(
      "The answer would not go to CloudFormation: ResponseURL must be in its bucket of the stack's Region",
    );
  }
};

/** Statuses after which S3 asks clients to send the request again. Any other refusal is final. */
const isTransient = (status: number): boolean => status === 408 || status === 429 || status >= 500;

/** An answer that was refused for good, such as by 403 for an address that has expired. */
export class AnswerRefused extends Error {
  override readonly name = 'AnswerRefused';
}

/**
 * PUTs the answer. The URL is signed for an empty content type, which `fetch` would otherwise fill
 * in. Redirects are not followed: the answer is for nobody else.
 *
 * @param ms the time that it may take
 * @throws {AnswerRefused} where another attempt makes no sense
 */
export const putAnswer = async (url: string, body: string, ms: number): Promise<void> => {
  const response = await fetch(url, {
    method: 'PUT',
    headers: { 'content-type': '' },
    body,
    redirect: 'manual',
    signal: AbortSignal.timeout(ms),
  });
  // Nobody reads the body, and one that never ends must not keep the connection.
  await response.body?.cancel();
  if (response.ok) return;
  const reason = `The answer to CloudFormation was refused with ${response.status}`;
  throw isTransient(response.status) ? new Error(reason) : new AnswerRefused(reason);
};
