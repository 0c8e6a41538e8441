import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatCursor, parseCursor } from '../../../src/adapters/ledger/index.ts';

const position = fc.record({
  recordedAt: fc.integer({ min: 0, max: Date.parse('2999-12-31T23:59:59.999Z') }),
  id: fc.stringMatching(/^[\w.:@/+=-]{1,128}$/),
});

describe('a cursor', () => {
  it('is read back as it was made', () => {
    fc.assert(
      fc.property(position, (given) => {
        expect(parseCursor(formatCursor(given))).toEqual(given);
      }),
    );
  });

  it('is accepted only if the ledger has made it, whatever a caller sends', () => {
    const tampered = fc
      .tuple(position, fc.nat(200), fc.constantFrom('', 'A', 'z', '=', '-', ' ', '+'))
      .map(
        ([given, at, put]) =>
          formatCursor(given).slice(0, at) + put + formatCursor(given).slice(at + 1),
      );
    fc.assert(
      fc.property(fc.oneof(tampered, fc.string()), (text) => {
        const parsed = parseCursor(text);
        if (parsed) expect(formatCursor(parsed)).toBe(text);
      }),
    );
  });

  it('names a time that the database knows', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 16n - 1n }), (recordedAt) => {
        const cursor = Buffer.from(`${recordedAt} t-1`).toString('base64url');
        const parsed = parseCursor(cursor);
        // Beyond the year 9999 its text has another form, which PostgreSQL does not read.
        if (parsed) expect(new Date(parsed.recordedAt).toISOString()).toMatch(/^\d{4}-/);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['another text', Buffer.from('hello').toString('base64url')],
    ['a time that is no number', Buffer.from('1e3 t-1').toString('base64url')],
    ['a negative time', Buffer.from('-1 t-1').toString('base64url')],
    ['a time with leading zeros', Buffer.from('007 t-1').toString('base64url')],
    ['no id', Buffer.from('7 ').toString('base64url')],
    ['an id that cannot be', Buffer.from("7 ';--").toString('base64url')],
    ['an id that is too long', Buffer.from(`7 ${'x'.repeat(129)}`).toString('base64url')],
    ['padding', `${Buffer.from('7 t-1').toString('base64url')}=`],
    ['a space before', ` ${Buffer.from('7 t-1').toString('base64url')}`],
  ])('cannot be %s', (_, cursor) => {
    expect(parseCursor(cursor)).toBeUndefined();
  });
});
