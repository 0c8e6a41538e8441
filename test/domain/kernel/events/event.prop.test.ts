import fc from 'fast-check';
import { object, string } from 'valibot';
import { describe, expect, it } from 'vitest';
import { envelopeBytesMax } from '../../../../src/domain/kernel/events/event.ts';
import { declareEvents, InvalidInput } from '../../../../src/domain/kernel/index.ts';

const catalogue = declareEvents('antipode.test', {
  Noted: { version: 1, schema: object({ note: string() }) },
});
const origin = { region: 'us-east-1', time: '2026-01-02T03:04:05.678Z' };

const envelopeWith = (note: string) =>
  catalogue.envelop(
    { type: 'Noted', schemaVersion: 1, subject: 'a', aggregateVersion: 1, data: { note } },
    '00000000-0000-4000-8000-000000000000',
    origin,
    { correlationid: 'r' },
  );

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const room = envelopeBytesMax - bytesOf(envelopeWith(''));

/**
 * fast-check first lists every character that there is: seconds on a busy machine. Milliseconds.
 */
const listingMsMax = 30_000;

describe('an envelope', () => {
  it('may have as many bytes of UTF-8 as can always be published, and none more', {
    timeout: listingMsMax,
  }, () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
        const rest = room - (bytesOf(text) - bytesOf(''));
        expect(bytesOf(envelopeWith(text + 'x'.repeat(rest)))).toBe(envelopeBytesMax);
        expect(() => envelopeWith(`${text}x${'x'.repeat(rest)}`)).toThrow(InvalidInput);
      }),
      { numRuns: 25 },
    );
  });

  it.each(['a', 'é', '€', '😀', '"'])(
    'is measured in bytes of its JSON when it is full of %j',
    (character) => {
      const each = bytesOf(character) - bytesOf('');
      const count = Math.floor(room / each);
      expect(bytesOf(envelopeWith(character.repeat(count)))).toBeGreaterThan(
        envelopeBytesMax - each,
      );
      expect(() => envelopeWith(character.repeat(count + 1))).toThrow(InvalidInput);
    },
  );

  it('is refused when its data are far too large', () => {
    expect(() => envelopeWith('é'.repeat(20_000_000))).toThrow(/put what is large elsewhere/);
  });
});
