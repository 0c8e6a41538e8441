import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createObjectStore } from '../../../../../packages/cli/src/local/s3/index.ts';
import { createTemporaryFolder } from '../../../../../packages/local-dsql/src/folders/index.ts';

const bucket = 'cdk-hnb659fds-assets-000000000000-us-east-1';
const now = () => Date.parse('2026-11-30T10:00:00.000Z');
const text = (content: string) => ({ bytes: Buffer.from(content), contentType: 'text/plain' });

let folder: string;

beforeEach(() => {
  folder = createTemporaryFolder('antipode-objects-');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const filesOfBytes = () => readdirSync(folder).filter((name) => name.endsWith('.bytes'));

describe('the object store', () => {
  it('has the bootstrap bucket of every Region and qualifier without its creation', () => {
    const store = createObjectStore(folder);
    expect(store.bucket(bucket)).toEqual({ name: bucket, region: 'us-east-1' });
    expect(store.bucket('cdk-mine-assets-000000000000-ap-southeast-2').region).toBe(
      'ap-southeast-2',
    );
    expect(store.buckets()).toEqual([]);
  });

  it('names a bucket that nobody created', () => {
    const store = createObjectStore(folder);
    expect(() => store.put('mine', 'a', text('a'))).toThrow(
      expect.objectContaining({ name: 'NoSuchBucket', status: 404 }),
    );
  });

  it('keeps buckets and objects for the next start', () => {
    const first = createObjectStore(folder, now);
    first.createBucket({ name: 'mine', region: 'us-west-2' });
    const put = first.put('mine', 'a/b.zip', text('content'));
    const second = createObjectStore(folder);
    expect(second.buckets()).toEqual([{ name: 'mine', region: 'us-west-2' }]);
    expect(second.head('mine', 'a/b.zip')).toEqual(put);
    expect(second.read('mine', 'a/b.zip').toString()).toBe('content');
    expect(put).toMatchObject({ size: 7, etag: '"9a0364b9e99bb480dd25e1f0284c8555"' });
  });

  it('refuses a bucket that exists, and a name that S3 refuses', () => {
    const store = createObjectStore(folder);
    store.createBucket({ name: 'mine', region: 'us-west-2' });
    const create = (name: string) => () => store.createBucket({ name, region: 'us-west-2' });
    const refusal = (name: string) => expect.objectContaining({ name });
    expect(create('mine')).toThrow(refusal('BucketAlreadyOwnedByYou'));
    expect(create(bucket)).toThrow(refusal('BucketAlreadyOwnedByYou'));
    expect(create('My_Bucket')).toThrow(refusal('InvalidBucketName'));
  });

  it('offers the bytes of an object as a file, which objects of the same bytes share', () => {
    const store = createObjectStore(folder);
    store.put(bucket, 'a', text('same'));
    store.put(bucket, 'b', text('same'));
    expect(store.file(bucket, 'a')).toBe(store.file(bucket, 'b'));
    expect(readFileSync(store.file(bucket, 'a'), 'utf8')).toBe('same');
    store.remove(bucket, 'a');
    expect(store.read(bucket, 'b').toString()).toBe('same');
    store.remove(bucket, 'b');
    expect(filesOfBytes()).toEqual([]);
  });

  it('drops the bytes that a new version of an object replaces', () => {
    const store = createObjectStore(folder);
    store.put(bucket, 'a', text('old'));
    store.put(bucket, 'a', text('new'));
    expect(store.read(bucket, 'a').toString()).toBe('new');
    expect(filesOfBytes()).toHaveLength(1);
  });

  it('lists the keys of a prefix in their order', () => {
    const store = createObjectStore(folder);
    for (const key of ['b/2', 'a/1', 'b/1']) store.put(bucket, key, text(key));
    expect(store.list(bucket, 'b/').map(({ key }) => key)).toEqual(['b/1', 'b/2']);
  });

  it('refuses an object above the bound, and says so', () => {
    const store = createObjectStore(folder);
    const bytes = Buffer.alloc(64 * 1024 * 1024 + 1);
    expect(() => store.put(bucket, 'a', { bytes, contentType: '' })).toThrow(
      'The local stack takes objects of at most 67108864 bytes.',
    );
    expect(filesOfBytes()).toEqual([]);
  });
});
