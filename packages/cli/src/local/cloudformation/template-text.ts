import { AwsError } from '../aws-json.ts';
import { textOf } from '../query-parameters.ts';
import { isObject, type Json, type JsonObject } from '../template/json.ts';
import { invalid, required } from './requests.ts';

/**
 * Reads an object of S3.
 *
 * @throws {AwsError} `NoSuchBucket` or `NoSuchKey`
 */
export type ReadObject = (bucket: string, key: string) => Buffer;

/**
 * Bytes of a template in a request, and of one in S3.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
const bodyBytesMax = 51_200;
const objectBytesMax = 1_048_576;

/** The bucket of a host such as `bucket.s3.us-east-1.amazonaws.com`; path-style hosts have none. */
const bucketInHost = (host: string): string | undefined => {
  const [bucket, ...rest] = host.split('.s3.');
  return rest.at(-1)?.includes('amazonaws.com') ? bucket : undefined;
};

const placeOf = (address: string): { readonly bucket: string; readonly key: string } => {
  const url = URL.parse(address);
  const [, ...path] = (url?.pathname ?? '').split('/');
  const hostBucket = bucketInHost(url?.hostname ?? '');
  const [bucket = '', ...key] = hostBucket === undefined ? path : [hostBucket, ...path];
  if (bucket === '' || key.length === 0) {
    throw invalid(`TemplateURL must be a supported URL: ${address}`);
  }
  return { bucket, key: decodeURIComponent(key.join('/')) };
};

const readAt = (address: string, readObject: ReadObject): string => {
  const { bucket, key } = placeOf(address);
  try {
    const bytes = readObject(bucket, key);
    if (bytes.length > objectBytesMax) {
      throw invalid(`Template may not exceed ${objectBytesMax} bytes in size.`);
    }
    return bytes.toString('utf8');
  } catch (cause) {
    if (!(cause instanceof AwsError) || cause.name === 'ValidationError') throw cause;
    throw new AwsError(`S3 error: ${cause.message}`, { code: 'ValidationError', cause });
  }
};

/** The text of the template that a request carries or points to; `undefined` without one. */
export const givenTemplate = (
  parameters: URLSearchParams,
  readObject: ReadObject,
): string | undefined => {
  const body = textOf(parameters, 'TemplateBody');
  const address = textOf(parameters, 'TemplateURL');
  if (body !== undefined && address !== undefined) {
    throw invalid('You must specify only one of the properties TemplateBody and TemplateURL.');
  }
  if (body !== undefined && Buffer.byteLength(body) > bodyBytesMax) {
    throw invalid(
      `1 validation error detected: Value at 'templateBody' failed to satisfy constraint: Member must have length less than or equal to ${bodyBytesMax}`,
    );
  }
  return address === undefined ? body : readAt(address, readObject);
};

/**
 * Reads the text of a template. The CDK writes JSON; the local stack reads no YAML.
 *
 * @throws {AwsError} `ValidationError` for text that is not a JSON object
 */
export const parseTemplate = (text: string): JsonObject => {
  try {
    const value = JSON.parse(text) as Json;
    if (isObject(value)) return value;
  } catch (cause) {
    throw new AwsError(
      'Template format error: the local stack reads templates in JSON. Give it the template that cdk synth wrote.',
      { code: 'ValidationError', cause },
    );
  }
  throw invalid('Template format error: the template is not a JSON object.');
};

/** The template that a request of a stack's summary means: its own, or the one of a stack. */
export const templateOrDeployed = (
  parameters: URLSearchParams,
  readObject: ReadObject,
  deployed: (stack: string) => string,
): JsonObject => {
  const given = givenTemplate(parameters, readObject);
  return parseTemplate(given ?? deployed(required(parameters, 'StackName')));
};
