import { AwsError } from '../aws-json.ts';
import { textOf } from '../query-parameters.ts';
import type { JsonObject } from '../template/json.ts';
import { parseTemplateText } from '../template/text/parse-template.ts';
import { TemplateFormatError } from '../template/text/template-format-error.ts';
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
  const unsupported = (cause?: unknown) =>
    new AwsError(`TemplateURL must be a supported URL: ${address}`, {
      code: 'ValidationError',
      cause,
    });
  const url = URL.parse(address);
  const [, ...path] = (url?.pathname ?? '').split('/');
  const hostBucket = bucketInHost(url?.hostname ?? '');
  const [bucket = '', ...key] = hostBucket === undefined ? path : [hostBucket, ...path];
  if (bucket === '' || key.length === 0) {
    throw unsupported();
  }
  try {
    return { bucket, key: decodeURIComponent(key.join('/')) };
  } catch (cause) {
    throw unsupported(cause);
  }
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
 * Reads the text of a template.
 *
 * @throws {AwsError} `ValidationError` for a text that CloudFormation refuses
 */
export const parseTemplate = (text: string): JsonObject => {
  try {
    return parseTemplateText(text);
  } catch (error) {
    if (error instanceof TemplateFormatError) throw invalid(error.message);
    throw error;
  }
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
