import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeParameters,
  quoteIdentifier,
  statement,
  type WireParameter,
} from '../../../src/adapters/dsql/index.ts';
import { InvariantViolation } from '../../../src/domain/kernel/index.ts';

const encode = (value: unknown): WireParameter | undefined =>
  encodeParameters(statement('SELECT $1', value))[0];

describe('a parameter', () => {
  const bytes = new Uint8Array([0, 255]);

  it.each([
    ['a text', 'it\'s "so" \\ {x}', 'it\'s "so" \\ {x}'],
    ['null', null, null],
    ['nothing', undefined, null],
    ['a number', 0.1, '0.1'],
    ['a large number', 1e21, '1e+21'],
    ['a bigint', 12345678901234567890n, '12345678901234567890'],
    ['a boolean', false, 'false'],
    ['a time', new Date('2026-01-02T03:04:05.678Z'), '2026-01-02T03:04:05.678Z'],
    ['bytes', bytes, Buffer.from(bytes)],
    ['an empty list', [], '{}'],
    ['a list of numbers', [1, 2n, 3.5], '{"1","2","3.5"}'],
    ['a list with nothing in it', [null, undefined, 'null', 'NULL'], '{NULL,NULL,"null","NULL"}'],
    ['a list of times', [new Date(0)], '{"1970-01-01T00:00:00.000Z"}'],
    ['a list of texts with quotes', ['a"b', 'c\\d', '{e,f}', ''], '{"a\\"b","c\\\\d","{e,f}",""}'],
  ])('that is %s is sent as text, with no digit lost', (_, value, wire) => {
    expect(encode(value)).toEqual(wire);
  });

  it.each([
    ['an object', { a: 1 }],
    ['not a number', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['an invalid time', new Date(Number.NaN)],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a map', new Map()],
    ['a list of lists', [[1]]],
    ['a list of objects', [{}]],
    ['a list of bytes', [new Uint8Array(1)]],
    ['a list with something that is not a number', [Number.NaN]],
  ])('that is %s is refused before anything is sent', (_, value) => {
    expect(() => encode(value)).toThrow(InvariantViolation);
  });

  it('is one of 65,535 at most', () => {
    const many = (count: number) =>
      statement('INSERT …', ...Array.from({ length: count }, () => 1));
    expect(encodeParameters(many(65_535))).toHaveLength(65_535);
    expect(() => encodeParameters(many(65_536))).toThrow(
      /takes 65535 parameters, and this has 65536/,
    );
  });

  it('that is refused is named by its position, never by its value', () => {
    const one = statement('INSERT INTO t VALUES ($1, $2)', 'fine', { secret: 'salary' });
    const message = 'Parameter $2 cannot be sent to the database: INSERT INTO t VALUES ($1, $2)';
    expect(() => encodeParameters(one)).toThrow(new InvariantViolation(message));
  });
});

describe('a list', () => {
  /** Reads an array literal as PostgreSQL documents it: elements quoted or NULL, backslash escapes. */
  const parsed = (literal: string): readonly (string | null)[] => {
    const inside = literal.slice(1, -1);
    const elements = inside.matchAll(/(NULL)|"((?:[^"\\]|\\.)*)"/gs);
    return [...elements].map(([, none, text = '']) =>
      none === undefined ? text.replaceAll(/\\(.)/gs, '$1') : null,
    );
  };

  it('arrives with the elements that were sent, whatever is in them', () => {
    const unit = fc.constantFrom('"', '\\', '{', '}', ',', ' ', 'a', "'", 'N', '\n', '漢');
    const text = fc.string({ unit, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.option(text), { maxLength: 6 }), (elements) => {
        expect(parsed(String(encode(elements)))).toEqual(elements);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an identifier', () => {
  it('is quoted, whatever is in it', () => {
    expect(quoteIdentifier('ledger')).toBe('"ledger"');
    expect(quoteIdentifier('a"; DROP SCHEMA b; --')).toBe('"a""; DROP SCHEMA b; --"');
  });
});
