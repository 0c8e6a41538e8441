import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { readTrusted, replacePrivateFile } from 'antipode-local-dsql/folders';
import { type Bucket, openBuckets } from './buckets.ts';
import { bucketNotEmpty, keyTooLong, noSuchKey, storeFull, tooLarge } from './errors.ts';

/** An object, without its bytes. */
export type StoredObject = {
  readonly bucket: string;
  readonly key: string;
  /** Number of bytes. */
  readonly size: number;
  /** In quotes, as S3 writes it. */
  readonly etag: string;
  readonly contentType: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
};

/** Buckets and objects of the account; every error is one of S3's. */
export interface ObjectStore {
  /** @throws {AwsError} `NoSuchBucket` */
  readonly bucket: (name: string) => Bucket;
  /** @throws {AwsError} `InvalidBucketName` or `BucketAlreadyOwnedByYou` */
  readonly createBucket: (bucket: Bucket) => void;
  /** @throws {AwsError} `NoSuchBucket` or `BucketNotEmpty` */
  readonly removeBucket: (name: string) => void;
  /** The buckets that somebody created. */
  readonly buckets: () => readonly Bucket[];
  /**
   * @param content.etag in quotes; the MD5 of the bytes unless given
   * @throws {AwsError} `NoSuchBucket`, `KeyTooLongError`, `EntityTooLarge` or `LimitExceeded`
   */
  readonly put: (
    bucket: string,
    key: string,
    content: { readonly bytes: Buffer; readonly contentType: string; readonly etag?: string },
  ) => StoredObject;
  /** @throws {AwsError} `NoSuchBucket` or `NoSuchKey` */
  readonly head: (bucket: string, key: string) => StoredObject;
  /** @throws {AwsError} `NoSuchBucket` or `NoSuchKey` */
  readonly read: (bucket: string, key: string) => Buffer;
  /**
   * The path of a file that holds the bytes of an object, and stays while an object has them.
   *
   * @throws {AwsError} `NoSuchBucket` or `NoSuchKey`
   */
  readonly file: (bucket: string, key: string) => string;
  /** The objects of a bucket whose keys begin with a prefix, in the order of their keys. */
  readonly list: (bucket: string, prefix: string) => readonly StoredObject[];
  /** Removes an object; one that is absent is no error. */
  readonly remove: (bucket: string, key: string) => void;
}

/**
 * Above the 50 MB of a zipped function.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const objectBytesMax = 64 * 1024 * 1024;

/** Many deployments of an app: the bundles of the ledger have about 2 MB. */
const storeBytesMax = 1024 * 1024 * 1024;

/** Keeps the start of a stack short, because it reads each file's first line. */
const objectsMax = 10_000;

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const keyBytesMax = 1024;

const bucketsFile = 'buckets.json';
const headPattern = /^[0-9a-f]{64}\.json$/;
const bytesPattern = /^[0-9a-f]{64}\.bytes$/;

/** An object and the name of the file with its bytes; objects of the same bytes share it. */
type Kept = { readonly object: StoredObject; readonly bytesFile: string };

const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

const tagOf = (bytes: Buffer): string => `"${createHash('md5').update(bytes).digest('hex')}"`;

const headFileOf = (bucket: string, key: string): string => `${sha256(`${bucket}\0${key}`)}.json`;

const readHead = (path: string): Kept => JSON.parse(readTrusted(path)) as Kept;

/** Puts a file in place whole: a reader never sees a part of it. */
const writeBytes = (path: string, bytes: Buffer): void => {
  if (existsSync(path)) return;
  const fresh = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    writeFileSync(fresh, bytes, { flag: 'wx', mode: 0o600 });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
};

/**
 * Opens the buckets and objects that a folder holds, and creates it if it is absent.
 *
 * @param now milliseconds since the epoch
 */
export const createObjectStore = (folder: string, now: () => number = Date.now): ObjectStore => {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const buckets = openBuckets(join(folder, bucketsFile));
  const names = readdirSync(folder);
  const kept = new Map<string, Kept>(
    names
      .filter((name) => headPattern.test(name))
      .map((name) => [name, readHead(join(folder, name))]),
  );
  const dropUnused = (bytesFile: string): void => {
    if ([...kept.values()].some((one) => one.bytesFile === bytesFile)) return;
    rmSync(join(folder, bytesFile), { force: true });
  };
  for (const name of names) if (bytesPattern.test(name)) dropUnused(name);

  const find = (bucket: string, key: string): Kept => {
    buckets.get(bucket);
    const found = kept.get(headFileOf(bucket, key));
    if (!found) throw noSuchKey(bucket, key);
    return found;
  };
  const checkSpace = (headFile: string, bytes: Buffer): void => {
    if (bytes.length > objectBytesMax) throw tooLarge(objectBytesMax);
    const others = [...kept].filter(([name]) => name !== headFile);
    const size = others.reduce((sum, [, { object }]) => sum + object.size, bytes.length);
    if (size > storeBytesMax || others.length >= objectsMax) throw storeFull(storeBytesMax);
  };
  const file = (bucket: string, key: string) => join(folder, find(bucket, key).bytesFile);
  return {
    bucket: buckets.get,
    createBucket: buckets.create,
    removeBucket: (name) => {
      buckets.get(name);
      const isUsed = [...kept.values()].some(({ object }) => object.bucket === name);
      if (isUsed) throw bucketNotEmpty(name);
      buckets.remove(name);
    },
    buckets: buckets.list,
    put: (bucket, key, { bytes, contentType, etag = tagOf(bytes) }) => {
      buckets.get(bucket);
      if (Buffer.byteLength(key) > keyBytesMax) throw keyTooLong();
      const headFile = headFileOf(bucket, key);
      checkSpace(headFile, bytes);
      const bytesFile = `${sha256(bytes)}.bytes`;
      const size = bytes.length;
      const object = { bucket, key, size, etag, contentType, modifiedAt: now() };
      const before = kept.get(headFile);
      writeBytes(join(folder, bytesFile), bytes);
      replacePrivateFile(join(folder, headFile), JSON.stringify({ object, bytesFile }));
      kept.set(headFile, { object, bytesFile });
      if (before) dropUnused(before.bytesFile);
      return object;
    },
    head: (bucket, key) => find(bucket, key).object,
    file,
    read: (bucket, key) => readFileSync(file(bucket, key)),
    list: (bucket, prefix) => {
      buckets.get(bucket);
      return [...kept.values()]
        .map(({ object }) => object)
        .filter((object) => object.bucket === bucket && object.key.startsWith(prefix))
        .sort((one, other) => (one.key < other.key ? -1 : 1));
    },
    remove: (bucket, key) => {
      buckets.get(bucket);
      const headFile = headFileOf(bucket, key);
      const found = kept.get(headFile);
      if (!found) return;
      rmSync(join(folder, headFile), { force: true });
      kept.delete(headFile);
      dropUnused(found.bytesFile);
    },
  };
};
