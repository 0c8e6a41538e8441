import { randomUUID } from 'node:crypto';
import type { HttpResponse } from 'antipode-local-dsql/http';
import type { AwsError } from '../aws-json.ts';
import { xmlText } from '../aws-query.ts';
import { invalidRange } from './errors.ts';
import type { StoredObject } from './object-store.ts';

/** An XML element's content: a list repeats the element, an absent value has none. */
type Xml = string | undefined | readonly Xml[] | { readonly [name: string]: Xml };

const isList = (value: Xml): value is readonly Xml[] => Array.isArray(value);

const element = (name: string, value: Xml): string => {
  if (value === undefined) return '';
  if (isList(value)) return value.map((one) => element(name, one)).join('');
  const inner =
    typeof value === 'string'
      ? xmlText(value)
      : Object.entries(value)
          .map(([child, content]) => element(child, content))
          .join('');
  return `<${name}>${inner}</${name}>`;
};

const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** An answer of S3 with one XML document. */
export const xmlAnswer = (name: string, value: Xml): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: `${declaration}${element(name, value)}`,
});

export const emptyAnswer = (
  status: number,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse => ({ status, headers: { 'content-type': 'application/xml', ...headers } });

/** Node leaves out the body where the request was a HEAD. */
export const errorAnswer = (error: AwsError): HttpResponse => ({
  status: error.status,
  headers: { 'content-type': 'application/xml' },
  body: `${declaration}${element('Error', {
    Code: error.name,
    Message: error.message,
    RequestId: randomUUID(),
  })}`,
});

/** The headers by which S3 describes an object. */
export const objectHeaders = (object: StoredObject): Readonly<Record<string, string>> => ({
  'content-type': object.contentType,
  'content-length': String(object.size),
  etag: object.etag,
  'last-modified': new Date(object.modifiedAt).toUTCString(),
});

/** `bytes=0-99`, `bytes=100-` or, for the last bytes, `bytes=-100`. */
const rangePattern = /^bytes=(\d*)-(\d*)$/;

/**
 * An object, or the range of it that a client asks for: clients read large objects in parts.
 *
 * @throws {AwsError} `InvalidRange` for a range that begins behind the end
 */
export const objectAnswer = (
  object: StoredObject,
  bytes: Buffer,
  range: string | undefined,
): HttpResponse => {
  const headers = { ...objectHeaders(object), 'accept-ranges': 'bytes' };
  const [asked, first = '', last = ''] = rangePattern.exec(range ?? '') ?? [];
  if (asked === undefined || `${first}${last}` === '') {
    return { status: 200, headers, body: bytes };
  }
  const { size } = object;
  const from = first === '' ? Math.max(size - Number(last), 0) : Number(first);
  const to = first === '' || last === '' ? size : Math.min(Number(last) + 1, size);
  if (from >= to) throw invalidRange();
  const part = {
    'content-length': String(to - from),
    'content-range': `bytes ${from}-${to - 1}/${size}`,
  };
  return { status: 206, headers: { ...headers, ...part }, body: bytes.subarray(from, to) };
};
