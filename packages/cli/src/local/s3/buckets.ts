import { readTrusted, replacePrivateFile } from 'antipode-local-dsql/folders';
import { bucketOwned, invalidBucketName, noSuchBucket } from './errors.ts';

/** A bucket of the account. */
export type Bucket = { readonly name: string; readonly region: string };

/** The buckets of the account, over all Regions. */
export interface Buckets {
  /** @throws {AwsError} `NoSuchBucket` */
  readonly get: (name: string) => Bucket;
  /** @throws {AwsError} `InvalidBucketName` or `BucketAlreadyOwnedByYou` */
  readonly create: (bucket: Bucket) => void;
  /** Forgets a bucket; those of the bootstrap template are always there. */
  readonly remove: (name: string) => void;
  /** The buckets that somebody created. */
  readonly list: () => readonly Bucket[];
}

/**
 * Three to 63 lower-case letters, digits, dots and hyphens.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 */
const namePattern = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/**
 * `cdk-QUALIFIER-assets-ACCOUNT-REGION`, which the bootstrap template of the CDK creates. Each
 * environment of the local stack behaves as bootstrapped, with every qualifier.
 *
 * @see https://docs.aws.amazon.com/cdk/v2/guide/bootstrapping-env.html
 */
const bootstrapPattern = /^cdk-[a-z0-9]+-assets-\d{12}-([a-z]{2}(?:-[a-z]+)+-\d)$/;

const bootstrapRegion = (name: string): string | undefined => bootstrapPattern.exec(name)?.[1];

/** Whether a bucket is one that the CDK's bootstrap template creates. */
export const isBootstrapBucket = (name: string): boolean => bootstrapRegion(name) !== undefined;

const isBucket = (value: unknown): value is Bucket =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  'region' in value &&
  typeof value.name === 'string' &&
  typeof value.region === 'string';

const read = (file: string): readonly Bucket[] => {
  let text: string;
  try {
    text = readTrusted(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  const value: unknown = JSON.parse(text);
  return Array.isArray(value) ? value.filter(isBucket) : [];
};

/** @param file remembers the buckets that somebody created */
export const openBuckets = (file: string): Buckets => {
  const created = new Map(read(file).map((bucket) => [bucket.name, bucket]));
  return {
    get: (name) => {
      const region = bootstrapRegion(name);
      const found = region === undefined ? created.get(name) : { name, region };
      if (!found) throw noSuchBucket(name);
      return found;
    },
    create: (bucket) => {
      const { name } = bucket;
      if (!namePattern.test(name)) throw invalidBucketName(name);
      if (created.has(name) || isBootstrapBucket(name)) throw bucketOwned(name);
      created.set(name, bucket);
      replacePrivateFile(file, JSON.stringify([...created.values()]));
    },
    remove: (name) => {
      if (created.delete(name)) replacePrivateFile(file, JSON.stringify([...created.values()]));
    },
    list: () => [...created.values()],
  };
};
