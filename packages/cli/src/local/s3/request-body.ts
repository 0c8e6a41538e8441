import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { HttpRequest } from 'antipode-local-dsql/http';
import { badDigest, malformedBody } from './errors.ts';

const lineEnd = '\r\n';

/** The size of a chunk, before an optional signature. */
const chunkHead = /^([0-9a-f]+)(?:;.*)?$/i;

/**
 * Joins the chunks of a body that a client signs piece by piece; what follows the last one are
 * trailing headers.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
 */
const joinChunks = (body: Buffer): Buffer => {
  const chunks: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf(lineEnd, at);
    const size = chunkHead.exec(end < 0 ? '' : body.toString('latin1', at, end))?.[1];
    if (size === undefined) throw malformedBody();
    const from = end + lineEnd.length;
    const to = from + Number.parseInt(size, 16);
    if (to === from) return Buffer.concat(chunks);
    if (to > body.length) throw malformedBody();
    chunks.push(body.subarray(from, to));
    at = to + lineEnd.length;
  }
};

const isChunked = ({ headers }: HttpRequest): boolean =>
  headers['content-encoding']?.includes('aws-chunked') === true ||
  headers['x-amz-content-sha256']?.startsWith('STREAMING-') === true;

const crcBytes = (bytes: Buffer): Buffer => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(bytes));
  return value;
};

/** The digests that clients send in a header, of those that Node computes. */
const digests: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'content-md5': (bytes) => createHash('md5').update(bytes).digest(),
  'x-amz-checksum-crc32': crcBytes,
  'x-amz-checksum-sha1': (bytes) => createHash('sha1').update(bytes).digest(),
  'x-amz-checksum-sha256': (bytes) => createHash('sha256').update(bytes).digest(),
};

/**
 * The bytes of an object or of a part, checked against the digests in the headers.
 *
 * @throws {AwsError} `IncompleteBody` or `BadDigest`
 */
export const bytesOf = (request: HttpRequest): Buffer => {
  const bytes = isChunked(request) ? joinChunks(request.body) : request.body;
  for (const [header, digest] of Object.entries(digests)) {
    const sent = request.headers[header];
    if (sent !== undefined && digest(bytes).toString('base64') !== sent) throw badDigest();
  }
  return bytes;
};
