import {
  type HttpRequest,
  type HttpResponse,
  type Route,
  signatureScope,
} from 'antipode-local-dsql/http';
import { AwsError } from '../aws-json.ts';
import { emptyAnswer, errorAnswer, objectAnswer, objectHeaders, xmlAnswer } from './answers.ts';
import { invalidArgument, invalidUri } from './errors.ts';
import type { ObjectStore, StoredObject } from './object-store.ts';
import { bytesOf } from './request-body.ts';
import { createUploads, type Uploads } from './uploads.ts';

/** A request of S3, with its bucket and key read from the path. */
type S3Request = HttpRequest & { readonly bucket: string; readonly key: string };

type S3Deps = {
  readonly store: ObjectStore;
  readonly uploads: Uploads;
  readonly region: string;
};

type S3Operation = (request: S3Request, deps: S3Deps) => HttpResponse;

/** The most keys that one page of a list has (API reference of ListObjectsV2). */
const keysMax = 1000;

/** S3 names this Region by an empty location, because its first API had no others. */
const unnamedRegion = 'us-east-1';

const contentTypeOf = ({ headers }: HttpRequest): string =>
  headers['content-type'] ?? 'binary/octet-stream';

const describe = ({ key, size, etag, modifiedAt }: StoredObject) => ({
  Key: key,
  LastModified: new Date(modifiedAt).toISOString(),
  ETag: etag,
  Size: String(size),
  StorageClass: 'STANDARD',
});

/** The page size that a client asks for, in the words of S3 where it is none. */
const wantedKeys = (query: URLSearchParams): number => {
  const wanted = Number(query.get('max-keys') || keysMax);
  if (!Number.isInteger(wanted) || Math.abs(wanted) >= 2 ** 31) {
    throw invalidArgument('Provided max-keys not an integer or within integer range');
  }
  if (wanted < 0) {
    throw invalidArgument('Argument maxKeys must be an integer between 0 and 2147483647');
  }
  return Math.min(wanted, keysMax);
};

const listObjects: S3Operation = ({ bucket, query }, { store }) => {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const wanted = wantedKeys(query);
  const rest = store.list(bucket, prefix).filter(({ key }) => key > after);
  const page = rest.slice(0, wanted);
  // A page of no keys has no last one to go on from.
  const isTruncated = wanted > 0 && page.length < rest.length;
  return xmlAnswer('ListBucketResult', {
    Name: bucket,
    Prefix: prefix,
    KeyCount: String(page.length),
    MaxKeys: String(wanted),
    IsTruncated: String(isTruncated),
    NextContinuationToken: isTruncated ? page.at(-1)?.key : undefined,
    Contents: page.map(describe),
  });
};

const bucketOperations: Readonly<Record<string, S3Operation>> = {
  HeadBucket: ({ bucket }, { store }) =>
    emptyAnswer(200, { 'x-amz-bucket-region': store.bucket(bucket).region }),
  CreateBucket: ({ bucket }, { store, region }) => {
    store.createBucket({ name: bucket, region });
    return emptyAnswer(200, { location: `/${bucket}` });
  },
  DeleteBucket: ({ bucket }, { store }) => {
    store.removeBucket(bucket);
    return emptyAnswer(204);
  },
  GetBucketLocation: ({ bucket }, { store }) => {
    const { region } = store.bucket(bucket);
    return xmlAnswer('LocationConstraint', region === unnamedRegion ? '' : region);
  },
  /** S3 encrypts every bucket with keys of its own. */
  GetBucketEncryption: ({ bucket }, { store }) => {
    store.bucket(bucket);
    const byDefault = { ApplyServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } };
    return xmlAnswer('ServerSideEncryptionConfiguration', { Rule: [byDefault] });
  },
  ListObjectsV2: listObjects,
  ListBuckets: (_, { store }) =>
    xmlAnswer('ListAllMyBucketsResult', {
      Buckets: { Bucket: store.buckets().map(({ name }) => ({ Name: name })) },
    }),
};

const uploadOf = ({ query }: HttpRequest): string => query.get('uploadId') ?? '';

const objectOperations: Readonly<Record<string, S3Operation>> = {
  PutObject: (request, { store }) => {
    const { bucket, key } = request;
    const content = { bytes: bytesOf(request), contentType: contentTypeOf(request) };
    return emptyAnswer(200, { etag: store.put(bucket, key, content).etag });
  },
  GetObject: ({ bucket, key, headers }, { store }) =>
    objectAnswer(store.head(bucket, key), store.read(bucket, key), headers['range']),
  HeadObject: ({ bucket, key }, { store }) => ({
    status: 200,
    headers: objectHeaders(store.head(bucket, key)),
  }),
  DeleteObject: ({ bucket, key }, { store }) => {
    store.remove(bucket, key);
    return emptyAnswer(204);
  },
  CreateMultipartUpload: (request, { store, uploads }) => {
    const { bucket, key } = request;
    store.bucket(bucket);
    const id = uploads.begin({ bucket, key, contentType: contentTypeOf(request) });
    const answer = { Bucket: bucket, Key: key, UploadId: id };
    return xmlAnswer('InitiateMultipartUploadResult', answer);
  },
  UploadPart: (request, { uploads }) => {
    const number = Number(request.query.get('partNumber'));
    const etag = uploads.addPart(uploadOf(request), request, number, bytesOf(request));
    return emptyAnswer(200, { etag: `"${etag}"` });
  },
  CompleteMultipartUpload: (request, { store, uploads }) => {
    const body = bytesOf(request);
    const { bucket, key, ...content } = uploads.complete(uploadOf(request), request, body);
    const { etag } = store.put(bucket, key, content);
    return xmlAnswer('CompleteMultipartUploadResult', { Bucket: bucket, Key: key, ETag: etag });
  },
  AbortMultipartUpload: (request, { uploads }) => {
    uploads.abort(uploadOf(request));
    return emptyAnswer(204);
  },
};

const operations = { ...bucketOperations, ...objectOperations };

/**
 * The operation of each method, by the parameter that tells it from others of the method; an empty
 * parameter stands for none.
 */
const bucketNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GET: {
    location: 'GetBucketLocation',
    encryption: 'GetBucketEncryption',
    'list-type': 'ListObjectsV2',
  },
  HEAD: { '': 'HeadBucket' },
  PUT: { '': 'CreateBucket' },
  DELETE: { '': 'DeleteBucket' },
};

const objectNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  GET: { '': 'GetObject' },
  HEAD: { '': 'HeadObject' },
  PUT: { uploadId: 'UploadPart', '': 'PutObject' },
  POST: { uploads: 'CreateMultipartUpload', uploadId: 'CompleteMultipartUpload' },
  DELETE: { uploadId: 'AbortMultipartUpload', '': 'DeleteObject' },
};

/** Parameters that ask for another operation than the one without them. */
const subresources = [
  ...['acl', 'attributes', 'cors', 'delete', 'lifecycle', 'notification', 'policy', 'tagging'],
  ...['encryption', 'location', 'versioning', 'versions', 'website', 'uploads', 'uploadId'],
];

const isCopy = ({ headers }: HttpRequest): boolean => 'x-amz-copy-source' in headers;

const operationOf = (request: S3Request): string | undefined => {
  const { method, query, bucket, key } = request;
  if (bucket === '') return method === 'GET' ? 'ListBuckets' : undefined;
  const names = (key === '' ? bucketNames : objectNames)[method] ?? {};
  const asked = Object.keys(names).find((parameter) => parameter !== '' && query.has(parameter));
  if (asked !== undefined) return names[asked];
  const isOther = subresources.some((name) => query.has(name)) || isCopy(request);
  return isOther ? undefined : names[''];
};

const targetOf = (path: string): { readonly bucket: string; readonly key: string } => {
  const [bucket = '', ...rest] = path.slice(1).split('/');
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(rest.join('/')) };
  } catch (cause) {
    throw invalidUri(cause);
  }
};

const notOffered = ({ method, path }: HttpRequest): AwsError => {
  const known = Object.keys(operations).join(', ');
  const message = `The local stack does not offer S3's ${method} ${path}; it offers ${known}.`;
  return new AwsError(message, { code: 'NotImplemented', status: 501 });
};

/**
 * Serves S3 to requests that are signed for it. Every Region's port serves the same buckets.
 *
 * @param region where a bucket that is created by this port lies
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/Welcome.html
 */
export const s3Route = (region: string, store: ObjectStore): Route => {
  const deps = { store, uploads: createUploads(), region };
  return (request) => {
    if (signatureScope(request)?.service !== 's3') return undefined;
    try {
      const asked = { ...request, ...targetOf(request.path) };
      const found = operations[operationOf(asked) ?? ''];
      if (!found) throw notOffered(request);
      return found(asked, deps);
    } catch (error) {
      if (error instanceof AwsError) return errorAnswer(error);
      throw error;
    }
  };
};
