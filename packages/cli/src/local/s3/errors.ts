import { AwsError } from '../aws-json.ts';

/**
 * Errors of S3 by their codes.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
 */
export const noSuchBucket = (bucket: string): AwsError =>
  new AwsError(
    `The bucket ${bucket} does not exist: create it with aws s3 mb, or use a bootstrap bucket.`,
    { code: 'NoSuchBucket', status: 404 },
  );

export const noSuchKey = (bucket: string, key: string): AwsError =>
  new AwsError(`The bucket ${bucket} has no key ${key}.`, { code: 'NoSuchKey', status: 404 });

export const noSuchUpload = (): AwsError =>
  new AwsError(
    'The upload does not exist: it may have ended, or the local stack was started again.',
    {
      code: 'NoSuchUpload',
      status: 404,
    },
  );

export const bucketOwned = (bucket: string): AwsError =>
  new AwsError(`You own the bucket ${bucket} already.`, {
    code: 'BucketAlreadyOwnedByYou',
    status: 409,
  });

export const bucketNotEmpty = (bucket: string): AwsError =>
  new AwsError(`The bucket ${bucket} that you tried to delete is not empty.`, {
    code: 'BucketNotEmpty',
    status: 409,
  });

export const invalidBucketName = (bucket: string): AwsError =>
  new AwsError(`The bucket name ${bucket} is not valid.`, { code: 'InvalidBucketName' });

export const tooLarge = (bytesMax: number): AwsError =>
  new AwsError(`The local stack takes objects of at most ${bytesMax} bytes.`, {
    code: 'EntityTooLarge',
  });

export const storeFull = (bytesMax: number): AwsError =>
  new AwsError(
    `The local stack keeps at most ${bytesMax} bytes of objects: remove some with aws s3 rm.`,
    { code: 'LimitExceeded' },
  );

export const invalidRange = (): AwsError =>
  new AwsError('The requested range is not satisfiable.', { code: 'InvalidRange', status: 416 });

export const badDigest = (): AwsError =>
  new AwsError('The checksum that you sent does not match the bytes that arrived.', {
    code: 'BadDigest',
  });

export const malformedBody = (cause?: unknown): AwsError =>
  new AwsError('The body of the request is malformed.', { code: 'IncompleteBody', cause });

/** A path or a parameter that is no URI, such as `%zz`. */
export const invalidUri = (cause: unknown): AwsError =>
  new AwsError("Couldn't parse the specified URI.", { code: 'InvalidURI', cause });

export const keyTooLong = (): AwsError =>
  new AwsError('Your key is too long', { code: 'KeyTooLongError' });

export const invalidArgument = (message: string): AwsError =>
  new AwsError(message, { code: 'InvalidArgument' });

export const malformedXml = (): AwsError =>
  new AwsError(
    'The XML you provided was not well-formed or did not validate against our published schema',
    { code: 'MalformedXML' },
  );

export const invalidPart = (): AwsError =>
  new AwsError(
    "One or more of the specified parts could not be found. The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    { code: 'InvalidPart' },
  );

export const invalidPartOrder = (): AwsError =>
  new AwsError(
    'The list of parts was not in ascending order. Parts must be ordered by part number.',
    { code: 'InvalidPartOrder' },
  );

export const partTooSmall = (): AwsError =>
  new AwsError('Your proposed upload is smaller than the minimum allowed size', {
    code: 'EntityTooSmall',
  });
