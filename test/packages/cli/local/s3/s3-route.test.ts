import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createObjectStore, s3Route } from '../../../../../packages/cli/src/local/s3/index.ts';
import { createTemporaryFolder } from '../../../../../packages/local-dsql/src/folders/index.ts';
import type { HttpResponse, Route } from '../../../../../packages/local-dsql/src/http/index.ts';

const bucket = 'cdk-hnb659fds-assets-000000000000-us-east-1';
const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20261130/us-east-1/s3/aws4_request, x=y';

let folder: string;
let route: Route;

beforeEach(() => {
  folder = createTemporaryFolder('antipode-objects-');
  route = s3Route('us-west-2', createObjectStore(folder));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const send = async (
  method: string,
  target: string,
  body: string | Buffer = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<HttpResponse> => {
  const [path = '', rawQuery = ''] = target.split('?');
  const request = { method, path, rawQuery, query: new URLSearchParams(rawQuery) };
  const all = { authorization, ...headers };
  const answer = await route({ ...request, headers: all, body: Buffer.from(body) });
  if (!answer) throw new Error('the route left the request to another one');
  return answer;
};

const textIn = ({ body = '' }: HttpResponse): string => String(body);
const sha256 = (body: string) => createHash('sha256').update(body).digest('base64');

describe('the route of S3', () => {
  it('leaves requests that are signed for another service to the next route', async () => {
    const request = { method: 'GET', path: '/', rawQuery: '', query: new URLSearchParams() };
    const signed = { authorization: authorization.replace('/s3/', '/sqs/') };
    expect(await route({ ...request, headers: signed, body: Buffer.alloc(0) })).toBeUndefined();
    expect(await route({ ...request, headers: {}, body: Buffer.alloc(0) })).toBeUndefined();
  });

  it('returns the bytes, the type and the tag that were put', async () => {
    const put = await send('PUT', `/${bucket}/a%20b/c.json`, '{}', {
      'content-type': 'application/json',
      'x-amz-checksum-sha256': sha256('{}'),
    });
    const got = await send('GET', `/${bucket}/a%20b/c.json`);
    expect(textIn(got)).toBe('{}');
    expect(got.headers).toMatchObject({
      'content-type': 'application/json',
      'content-length': '2',
      etag: put.headers?.['etag'],
    });
    const head = await send('HEAD', `/${bucket}/a%20b/c.json`);
    expect(head).toMatchObject({ status: 200, headers: { 'content-length': '2' } });
    expect(head.body).toBeUndefined();
  });

  it.each([
    ['bytes=0-3', '0123', 'bytes 0-3/10'],
    ['bytes=8-20', '89', 'bytes 8-9/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
  ])('returns the part of an object in the range %s', async (range, part, where) => {
    await send('PUT', `/${bucket}/a`, '0123456789');
    const answer = await send('GET', `/${bucket}/a`, '', { range });
    expect(textIn(answer)).toBe(part);
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': where } });
  });

  it('refuses a range behind the end of an object', async () => {
    await send('PUT', `/${bucket}/a`, '0123456789');
    const answer = await send('GET', `/${bucket}/a`, '', { range: 'bytes=10-' });
    expect(answer.status).toBe(416);
    expect(textIn(answer)).toContain('<Code>InvalidRange</Code>');
  });

  it.each([
    ['x-amz-checksum-sha256', sha256('other')],
    ['x-amz-checksum-crc32', 'AAAAAA=='],
    ['content-md5', '1B2M2Y8AsgTpgAmY7PhCfg=='],
  ])('refuses bytes that do not match their %s', async (header, value) => {
    const answer = await send('PUT', `/${bucket}/a`, 'content', { [header]: value });
    expect(answer.status).toBe(400);
    expect(textIn(answer)).toContain('<Code>BadDigest</Code>');
    expect((await send('GET', `/${bucket}/a`)).status).toBe(404);
  });

  it('joins the chunks of a body that is signed piece by piece', async () => {
    const body = '5;chunk-signature=ab\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-trailer:a\r\n\r\n';
    await send('PUT', `/${bucket}/a`, body, { 'content-encoding': 'aws-chunked' });
    expect(textIn(await send('GET', `/${bucket}/a`))).toBe('hello world');
  });

  it('refuses a chunk that is cut short', async () => {
    const chunked = { 'content-encoding': 'aws-chunked' };
    const answer = await send('PUT', `/${bucket}/a`, '9\r\nhello', chunked);
    expect(textIn(answer)).toContain('<Code>IncompleteBody</Code>');
  });

  it('lists objects in pages that together have each once', async () => {
    for (const key of ['p/1', 'p/2', 'p/3', 'q']) await send('PUT', `/${bucket}/${key}`, key);
    const list = `/${bucket}?list-type=2&prefix=p%2F&max-keys=2`;
    const first = textIn(await send('GET', list));
    expect(first).toContain('<IsTruncated>true</IsTruncated>');
    expect(first.match(/<Key>[^<]*<\/Key>/g)).toEqual(['<Key>p/1</Key>', '<Key>p/2</Key>']);
    const second = textIn(await send('GET', `${list}&continuation-token=p%2F2`));
    expect(second).toContain('<IsTruncated>false</IsTruncated>');
    expect(second.match(/<Key>[^<]*<\/Key>/g)).toEqual(['<Key>p/3</Key>']);
  });

  it.each([
    ['max-keys=many', 'Provided max-keys not an integer or within integer range'],
    ['max-keys=1.5', 'Provided max-keys not an integer or within integer range'],
    ['max-keys=2147483648', 'Provided max-keys not an integer or within integer range'],
    ['max-keys=-1', 'Argument maxKeys must be an integer between 0 and 2147483647'],
  ])('refuses a page of a size that is none: %s', async (query, message) => {
    const answer = await send('GET', `/${bucket}?list-type=2&${query}`);
    expect(answer.status).toBe(400);
    expect(textIn(answer)).toContain(`<Code>InvalidArgument</Code><Message>${message}</Message>`);
  });

  it('lists nothing in a page of no keys, and is not truncated', async () => {
    await send('PUT', `/${bucket}/a`, 'a');
    const page = textIn(await send('GET', `/${bucket}?list-type=2&max-keys=0`));
    expect(page).toContain('<KeyCount>0</KeyCount><MaxKeys>0</MaxKeys>');
    expect(page).toContain('<IsTruncated>false</IsTruncated>');
  });

  it.each(['GET', 'PUT', 'HEAD', 'DELETE'])(
    'refuses %s of a key that is no URI',
    async (method) => {
      for (const target of [`/${bucket}/%zz`, `/${bucket}/a%c3`, '/%/a']) {
        const answer = await send(method, target);
        expect(answer.status).toBe(400);
        expect(textIn(answer)).toContain('<Code>InvalidURI</Code>');
      }
    },
  );

  it('takes a key of 1,024 bytes, and none that is longer', async () => {
    expect((await send('PUT', `/${bucket}/${'k'.repeat(1_024)}`, 'a')).status).toBe(200);
    const answer = await send('PUT', `/${bucket}/${'%C3%A9'.repeat(513)}`, 'a');
    expect(answer.status).toBe(400);
    expect(textIn(answer)).toContain('<Code>KeyTooLongError</Code>');
  });

  it('describes a bucket by its Region and its encryption', async () => {
    const west = bucket.replace('us-east-1', 'us-west-2');
    expect(textIn(await send('GET', `/${west}?location`))).toContain(
      '<LocationConstraint>us-west-2</LocationConstraint>',
    );
    expect(textIn(await send('GET', `/${bucket}?location`))).toContain(
      '<LocationConstraint></LocationConstraint>',
    );
    expect(textIn(await send('GET', `/${bucket}?encryption`))).toContain(
      '<SSEAlgorithm>AES256</SSEAlgorithm>',
    );
    expect((await send('HEAD', `/${west}`)).headers).toMatchObject({
      'x-amz-bucket-region': 'us-west-2',
    });
  });

  it('creates a bucket in the Region of its port, and lists it', async () => {
    await send('PUT', '/mine');
    expect((await send('HEAD', '/mine')).headers).toMatchObject({
      'x-amz-bucket-region': 'us-west-2',
    });
    expect(textIn(await send('GET', '/'))).toContain('<Name>mine</Name>');
  });

  it('deletes a bucket that is empty', async () => {
    await send('PUT', '/mine');
    await send('PUT', '/mine/a', 'x');
    const refused = await send('DELETE', '/mine');
    expect([refused.status, textIn(refused)]).toEqual([409, expect.stringContaining('NotEmpty')]);
    await send('DELETE', '/mine/a');
    expect((await send('DELETE', '/mine')).status).toBe(204);
    expect((await send('HEAD', '/mine')).status).toBe(404);
    expect((await send('DELETE', '/mine')).status).toBe(404);
  });

  /** Sends parts by their numbers, and gives the address of the upload and the tags. */
  const upload = async (parts: Readonly<Record<number, string | Buffer>>) => {
    const begun = textIn(await send('POST', `/${bucket}/big?uploads`));
    const target = `/${bucket}/big?uploadId=${/<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1]}`;
    const tags: Record<number, string> = {};
    for (const [number, bytes] of Object.entries(parts)) {
      const { headers } = await send('PUT', `${target}&partNumber=${number}`, bytes);
      tags[Number(number)] = String(headers?.['etag']);
    }
    return { target, tags };
  };
  const listed = (parts: readonly (readonly [number, string | undefined])[]): string =>
    `<CompleteMultipartUpload>${parts
      .map(([n, tag]) => `<Part><PartNumber>${n}</PartNumber><ETag>${tag}</ETag></Part>`)
      .join('')}</CompleteMultipartUpload>`;
  const firstPart = Buffer.alloc(5 * 1024 * 1024, 'a');

  it('puts the parts together that the end of an upload lists, and tags them as S3 does', async () => {
    const { target, tags } = await upload({ 3: 'not listed', 2: 'world', 1: firstPart });
    const ended = await send(
      'POST',
      target,
      listed([
        [1, tags[1]],
        [2, tags[2]?.replaceAll('"', '&quot;')],
      ]),
    );
    const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest();
    const tag = md5(Buffer.concat([md5(firstPart), md5('world')])).toString('hex');
    expect(textIn(ended)).toContain(`&quot;${tag}-2&quot;`);
    const got = await send('GET', `/${bucket}/big`);
    expect(got.headers?.['etag']).toBe(`"${tag}-2"`);
    expect(textIn(got).slice(firstPart.length)).toBe('world');
  });

  it('refuses to end an upload with a list of parts that S3 refuses', async () => {
    const { target, tags } = await upload({ 1: 'a', 2: 'b' });
    const codeOf = async (body: string, at = target) =>
      /<Code>(.*)<\/Code>/.exec(textIn(await send('POST', at, body)))?.[1];
    const [one, two] = [tags[1], tags[2]];
    expect(await codeOf('<CompleteMultipartUpload/>')).toBe('MalformedXML');
    expect(await codeOf('<Part><PartNumber>1</PartNumber></Part>')).toBe('MalformedXML');
    expect(await codeOf(listed([[3, one]]))).toBe('InvalidPart');
    expect(await codeOf(listed([[1, two]]))).toBe('InvalidPart');
    const turned = listed([
      [2, two],
      [1, one],
    ]);
    expect(await codeOf(turned)).toBe('InvalidPartOrder');
    const small = listed([
      [1, one],
      [2, two],
    ]);
    expect(await codeOf(small)).toBe('EntityTooSmall');
    expect(await codeOf(small, target.replace('/big', '/other'))).toBe('NoSuchUpload');
    for (const number of ['0', '10001', '1.5', 'one', '']) {
      const answer = await send('PUT', `${target}&partNumber=${number}`, 'a');
      expect(textIn(answer)).toContain('<Code>InvalidArgument</Code>');
    }
    expect((await send('POST', target, listed([[2, two]]))).status).toBe(200);
  });

  it('knows an upload no more that was given up', async () => {
    const begun = textIn(await send('POST', `/${bucket}/big?uploads`));
    const id = /<UploadId>(.*)<\/UploadId>/.exec(begun)?.[1];
    expect((await send('DELETE', `/${bucket}/big?uploadId=${id}`)).status).toBe(204);
    const answer = await send('POST', `/${bucket}/big?uploadId=${id}`);
    expect(answer.status).toBe(404);
    expect(textIn(answer)).toContain('<Code>NoSuchUpload</Code>');
  });

  it.each([
    ['GET', `/${bucket}?versions`],
    ['PUT', `/${bucket}/a?tagging`],
    ['PATCH', `/${bucket}/a`],
  ])('refuses an operation that it does not have: %s %s', async (method, target) => {
    const answer = await send(method, target, 'x');
    expect(answer.status).toBe(501);
    expect(textIn(answer)).toContain('<Code>NotImplemented</Code>');
    expect(textIn(await send('GET', `/${bucket}?list-type=2`))).not.toContain('<Key>');
  });
});
