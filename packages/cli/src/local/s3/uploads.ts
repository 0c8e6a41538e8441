import { createHash, randomUUID } from 'node:crypto';
import {
  invalidArgument,
  invalidPart,
  invalidPartOrder,
  malformedXml,
  noSuchUpload,
  partTooSmall,
  tooLarge,
} from './errors.ts';
import { objectBytesMax } from './object-store.ts';

/** Uploads whose parts have begun to arrive; they end with the stack. */
export interface Uploads {
  /** Begins an upload and returns its id. */
  readonly begin: (target: UploadTarget) => string;
  /**
   * Keeps a part and returns its tag.
   *
   * @throws {AwsError} `NoSuchUpload`, `InvalidArgument` or `EntityTooLarge`
   */
  readonly addPart: (id: string, place: UploadPlace, part: number, bytes: Buffer) => string;
  /**
   * Ends an upload by the list of its parts: its target, their bytes, and the tag of the whole.
   *
   * @throws {AwsError} `NoSuchUpload`, `MalformedXML`, `InvalidPart`, `InvalidPartOrder` or
   * `EntityTooSmall`
   */
  readonly complete: (
    id: string,
    place: UploadPlace,
    body: Buffer,
  ) => UploadTarget & { readonly bytes: Buffer; readonly etag: string };
  /** Forgets an upload; one that is absent is no error. */
  readonly abort: (id: string) => void;
}

export type UploadPlace = { readonly bucket: string; readonly key: string };

export type UploadTarget = UploadPlace & { readonly contentType: string };

/** A part as the client that ends the upload names it. */
type ListedPart = { readonly number: number; readonly etag: string };

type Part = { readonly bytes: Buffer; readonly etag: string };
type Upload = { readonly target: UploadTarget; readonly parts: Map<number, Part> };

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const partNumberMax = 10_000;
const partBytesMin = 5 * 1024 * 1024;

/** More than a deployment has at a time; the oldest gives way, so that none is kept for ever. */
const uploadsMax = 32;

const md5 = (bytes: Buffer): Buffer => createHash('md5').update(bytes).digest();

const numberElement = /<PartNumber>\s*(\d+)\s*<\/PartNumber>/;
const tagElement = /<ETag>([^<]*)<\/ETag>/;
const quotes = /^(?:"|&quot;|&#34;)|(?:"|&quot;|&#34;)$/g;

/** The inner texts of the `Part` elements; an expression could search for each end many times. */
const partElements = (body: string): readonly string[] =>
  body
    .split('</Part>')
    .slice(0, -1)
    .flatMap((text) => {
      const at = text.indexOf('<Part>');
      return at < 0 ? [] : [text.slice(at + '<Part>'.length)];
    });

/**
 * The parts that the body of CompleteMultipartUpload lists.
 *
 * @throws {AwsError} `MalformedXML` for one without a part, or a part without number and tag
 */
const listedParts = (body: Buffer): readonly ListedPart[] => {
  const parts = partElements(body.toString('utf8')).map((part) => {
    const [number, etag] = [numberElement.exec(part)?.[1], tagElement.exec(part)?.[1]];
    if (number === undefined || etag === undefined) throw malformedXml();
    return { number: Number(number), etag: etag.trim().replace(quotes, '') };
  });
  if (parts.length === 0) throw malformedXml();
  return parts;
};

/** The bytes of each part that is listed. */
const chosenParts = (
  parts: ReadonlyMap<number, Part>,
  listed: readonly ListedPart[],
): readonly Part[] => {
  const chosen = listed.map(({ number, etag }, at) => {
    if (at > 0 && number <= (listed[at - 1]?.number ?? 0)) throw invalidPartOrder();
    const part = parts.get(number);
    if (part?.etag !== etag) throw invalidPart();
    return part;
  });
  if (chosen.slice(0, -1).some(({ bytes }) => bytes.length < partBytesMin)) throw partTooSmall();
  return chosen;
};

export const createUploads = (): Uploads => {
  const uploads = new Map<string, Upload>();
  const find = (id: string, { bucket, key }: UploadPlace): Upload => {
    const found = uploads.get(id);
    if (found?.target.bucket !== bucket || found.target.key !== key) throw noSuchUpload();
    return found;
  };
  return {
    begin: (target) => {
      const [oldest] = uploads.keys();
      if (uploads.size === uploadsMax && oldest !== undefined) uploads.delete(oldest);
      const id = randomUUID();
      uploads.set(id, { target, parts: new Map() });
      return id;
    },
    addPart: (id, place, part, bytes) => {
      const { parts } = find(id, place);
      if (!Number.isInteger(part) || part < 1 || part > partNumberMax) {
        throw invalidArgument(
          `Part number must be an integer between 1 and ${partNumberMax}, inclusive`,
        );
      }
      const others = [...parts].filter(([number]) => number !== part);
      const size = others.reduce((sum, [, one]) => sum + one.bytes.length, bytes.length);
      if (size > objectBytesMax) throw tooLarge(objectBytesMax);
      const etag = md5(bytes).toString('hex');
      parts.set(part, { bytes, etag });
      return etag;
    },
    complete: (id, place, body) => {
      const { target, parts } = find(id, place);
      const chosen = chosenParts(parts, listedParts(body));
      uploads.delete(id);
      const tags = Buffer.concat(chosen.map(({ bytes }) => md5(bytes)));
      return {
        ...target,
        bytes: Buffer.concat(chosen.map(({ bytes }) => bytes)),
        etag: `"${md5(tags).toString('hex')}-${chosen.length}"`,
      };
    },
    abort: (id) => {
      uploads.delete(id);
    },
  };
};
