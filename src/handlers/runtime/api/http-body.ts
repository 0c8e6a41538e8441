import { isUtf8 } from 'node:buffer';
import { InvalidInput } from '../../../domain/kernel/index.ts';
import { RequestRefused } from './api-answer.ts';
import { type HttpEvent, headerOf } from './http-request.ts';

/** Bytes of a body that is read at all: no operation needs a hundredth of it. */
const bodyBytesMax = 256 * 1024;

/** `application/json`, or a type of RFC 6838 that ends in `+json`, before its parameters. */
const jsonType = /^application\/(?:[\w!#$&.+^-]+\+)?json[\t ]*(?:;|$)/i;

/** A parameter of RFC 9110, section 5.6.6: its name, and its value in quotes or bare. */
const parameters = /;[\t ]*([^\t =;"]*)(?:=(?:"((?:[^"\\]|\\.)*)"|([^\t ;"]*)))?/g;

const isJsonInUtf8 = (contentType: string): boolean =>
  jsonType.test(contentType) &&
  [...contentType.matchAll(parameters)].every(
    ([, name = '', quoted, bare = '']) =>
      !/^charset$/i.test(name) || /^utf-?8$/i.test((quoted ?? bare).replace(/\\(.)/g, '$1')),
  );

const isIdentity = (contentEncoding: string): boolean =>
  contentEncoding.split(/[\t ,]/).every((coding) => coding === '' || /^identity$/i.test(coding));

/**
 * The text of a body, as its sender has written it.
 *
 * @throws {RequestRefused} for another content type or a content encoding (415), and for a body
 * that is too large (413)
 * @throws {InvalidInput} for a body that is not UTF-8, whose bytes could not be given back
 */
export const readBody = (event: HttpEvent & { readonly body: string }): string => {
  if (!isIdentity(headerOf(event, 'content-encoding') ?? '')) {
    throw new RequestRefused(
      415,
      'UnsupportedContentEncoding',
      'Send the body without a content encoding',
      { 'accept-encoding': 'identity' },
    );
  }
  // Also where none was sent: a page of another origin may send such a body without asking first.
  if (!isJsonInUtf8(headerOf(event, 'content-type') ?? '')) {
    throw new RequestRefused(
      415,
      'UnsupportedMediaType',
      'Send the content type application/json, in UTF-8',
    );
  }
  const bytes = event.isBase64Encoded ? Buffer.from(event.body, 'base64') : event.body;
  if (Buffer.byteLength(bytes) > bodyBytesMax) {
    throw new RequestRefused(
      413,
      'ContentTooLarge',
      `The body must have at most ${bodyBytesMax} bytes`,
    );
  }
  const isSound = typeof bytes === 'string' ? bytes.isWellFormed() : isUtf8(bytes);
  if (!isSound) throw new InvalidInput('The body must be UTF-8');
  return String(bytes);
};
