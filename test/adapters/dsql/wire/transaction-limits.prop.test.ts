import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { statement } from '../../../../src/adapters/dsql/index.ts';
import { encodeParameters } from '../../../../src/adapters/dsql/wire/parameters.ts';
import {
  refuseLongMessage,
  refuseOversized,
  writtenBytesMin,
} from '../../../../src/adapters/dsql/wire/transaction-limits.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.uint8Array(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: true }),
);

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.bigInt(), fc.constant(null));

// An empty array is refused where its kind is not known.
const parameters = fc.array(fc.oneof(scalar, fc.array(text, { minLength: 1 })));

/** Bytes of what is really sent. */
const sentBytes = (values: readonly unknown[]): number =>
  encodeParameters(statement('INSERT', ...values)).reduce<number>(
    (sum, value) => sum + (value === null ? 0 : Buffer.byteLength(value)),
    0,
  );

const isRefused = (work: () => void): boolean => {
  try {
    work();
    return false;
  } catch {
    return true;
  }
};

describe('the known size of a transaction', () => {
  it('is never more than what is sent', () => {
    fc.assert(
      fc.property(parameters, (values) => {
        const bytes = writtenBytesMin(statement('INSERT INTO t VALUES ($1)', ...values));
        expect(bytes).toBeGreaterThanOrEqual(0);
        expect(bytes).toBeLessThanOrEqual(sentBytes(values));
      }),
    );
  });

  it('is all of it where only long texts and bytes are sent', () => {
    const long = fc.string({ unit: 'grapheme', minLength: 256 });
    const values = fc.array(fc.oneof(long, fc.uint8Array()));
    fc.assert(
      fc.property(values, (sent) => {
        expect(writtenBytesMin(statement('UPDATE t SET a = $1', ...sent))).toBe(sentBytes(sent));
      }),
    );
  });

  it('grows with every parameter', () => {
    fc.assert(
      fc.property(parameters, scalar, (values, more) => {
        const bytes = (all: readonly unknown[]) => writtenBytesMin(statement('INSERT ', ...all));
        expect(bytes([...values, more])).toBeGreaterThanOrEqual(bytes(values));
      }),
    );
  });
});

describe('the limits', () => {
  it('refuse no message that is shorter than what DSQL takes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 11 * 2 ** 20 }), fc.boolean(), (bytes, listed) => {
        const long = 'x'.repeat(bytes);
        const one = statement('SELECT $1', listed ? [long] : long);
        expect(isRefused(() => refuseLongMessage(one))).toBe(bytes > 10 * 2 ** 20);
      }),
      { numRuns: 30 },
    );
  });

  it('refuse what is over one of them, and nothing else', () => {
    const rows = fc.oneof(fc.nat(6_000), fc.integer({ min: 2_998, max: 3_002 }));
    const bytes = fc.oneof(fc.nat(2 ** 25), fc.integer({ min: 10_485_758, max: 10_485_762 }));
    fc.assert(
      fc.property(rows, bytes, (rows, bytes) => {
        const over = rows > 3_000 || bytes > 10_485_760;
        expect(isRefused(() => refuseOversized(rows, bytes))).toBe(over);
      }),
    );
  });
});
