import { inflateRawSync } from 'node:zlib';

/** A file in a ZIP. */
export type ZippedFile = { readonly path: string; readonly content: Buffer };

/**
 * Lambda's limit of a function's code, unpacked.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
const unpackedBytesMax = 250 * 1024 * 1024;

/** Signatures and sizes of the records (APPNOTE.TXT 6.3.10, 4.3.7, 4.3.12 and 4.3.16). */
const localSignature = 0x04034b50;
const localBytes = 30;
const entrySignature = 0x02014b50;
const entryBytes = 46;
const endSignature = 0x06054b50;
const endBytes = 22;
const commentBytesMax = 65_535;

const methods = { stored: 0, deflated: 8 } as const;

const invalid = (reason: string): never => {
  throw new Error(`Could not unzip uploaded file: ${reason}`);
};

/** The place of the record at the end, which a comment may follow. */
const endOf = (zip: Buffer): number => {
  const first = Math.max(0, zip.length - endBytes - commentBytesMax);
  for (let at = zip.length - endBytes; at >= first; at -= 1) {
    if (zip.readUInt32LE(at) === endSignature) return at;
  }
  return invalid('it is no ZIP file');
};

type Entry = {
  readonly path: string;
  readonly method: number;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  readonly at: number;
  readonly next: number;
};

const entryAt = (zip: Buffer, at: number): Entry => {
  if (zip.readUInt32LE(at) !== entrySignature) return invalid('its directory is damaged');
  const nameBytes = zip.readUInt16LE(at + 28);
  const extraBytes = zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  return {
    path: zip.toString('utf8', at + entryBytes, at + entryBytes + nameBytes),
    method: zip.readUInt16LE(at + 10),
    packedBytes: zip.readUInt32LE(at + 20),
    unpackedBytes: zip.readUInt32LE(at + 24),
    at: zip.readUInt32LE(at + 42),
    next: at + entryBytes + nameBytes + extraBytes,
  };
};

const contentOf = (
  zip: Buffer,
  { method, packedBytes, unpackedBytes, at, path }: Entry,
): Buffer => {
  if (zip.readUInt32LE(at) !== localSignature) return invalid(`${path} is damaged`);
  const start = at + localBytes + zip.readUInt16LE(at + 26) + zip.readUInt16LE(at + 28);
  const packed = zip.subarray(start, start + packedBytes);
  if (method === methods.stored) return packed;
  if (method !== methods.deflated) return invalid(`${path} is packed in another way than deflate`);
  return inflateRawSync(packed, { maxOutputLength: unpackedBytes + 1 });
};

/** A path that leads out of its folder would write elsewhere. */
const isInside = (path: string): boolean =>
  !path.startsWith('/') && !path.includes('\\') && !path.split('/').includes('..');

/**
 * The files of a ZIP; ZIP64 is not read, since Lambda's code is smaller than its limits.
 *
 * @throws {Error} with Lambda's words for a file that is none, or is larger than Lambda takes.
 */
export const unzip = (zip: Buffer): readonly ZippedFile[] => {
  const end = endOf(zip);
  const count = zip.readUInt16LE(end + 10);
  const files: ZippedFile[] = [];
  let at = zip.readUInt32LE(end + 16);
  let bytes = 0;
  for (let index = 0; index < count; index += 1) {
    const entry = entryAt(zip, at);
    at = entry.next;
    bytes += entry.unpackedBytes;
    if (bytes > unpackedBytesMax) invalid(`it has more than ${unpackedBytesMax} bytes`);
    if (!isInside(entry.path)) invalid(`${entry.path} leads out of it`);
    if (!entry.path.endsWith('/')) files.push({ path: entry.path, content: contentOf(zip, entry) });
  }
  return files;
};
