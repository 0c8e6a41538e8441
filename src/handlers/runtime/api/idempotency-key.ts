import { InvalidInput } from '../../../domain/kernel/index.ts';

/** Characters of a key: as many as the APIs take that have made the header known. */
const keyLengthMax = 255;

/** A String of RFC 9651, section 3.3.3, between its quotes: visible ASCII and spaces. */
const quotedKey = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;

/**
 * Visible ASCII without what ends or quotes a value elsewhere: a second key, or a parameter, is
 * never part of the first.
 */
const bareKey = /^[!#-+\--:<-[\]-~]+$/;

const refused = (message: string): InvalidInput =>
  new InvalidInput('The request is not valid', { issues: [{ field: 'Idempotency-Key', message }] });

/**
 * The key in the value of `Idempotency-Key`: a text in double quotes, as the draft of the IETF has
 * it, or bare, as many clients send it. `"a-1"` and `a-1` are the same key.
 *
 * @throws {InvalidInput} for more than one key, and for one that is empty, too long or not ASCII
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export const idempotencyKeyOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const quoted = quotedKey.exec(header)?.[1]?.replace(/\\(.)/g, '$1');
  const key = quoted ?? (bareKey.test(header) ? header : undefined);
  if (key === undefined || key.trim() === '') {
    throw refused(
      'must be one text in double quotes, such as "8e03978e-40d5-43dd-bc93-6894a57f9324"',
    );
  }
  if (key.length <= keyLengthMax) return key;
  throw refused(`must have at most ${keyLengthMax} characters`);
};
