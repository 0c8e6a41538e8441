import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findInexactNumber } from '../../../src/handlers/runtime/exact-json.ts';

describe('a number in JSON', () => {
  it.each([
    '{"amount":100.50}',
    '{"amount":123456789012345}',
    '{"amount":0.000000000000001}',
    '{"amount":1.2345e-10}',
    '{"amount":1e300}',
    '{"amount":"12345678901234567890"}',
    '{"amount":-12345.678}',
    '[1,2,[3]]',
    '7',
    'true',
  ])('is exact in %s', (json) => {
    expect(findInexactNumber(json)).toBeUndefined();
  });

  it.each([
    ['{"amount":1234567890123456.7}', 'amount'],
    ['{"amount":-1234567890.1234567}', 'amount'],
    ['{"amount":1.23456789012345678e-5}', 'amount'],
    ['{"a":1,"b":{"c":1234567890123456789}}', 'c'],
    ['{"list":[1,1234567890123456789]}', '1'],
    ['{"first":1234567890123456789,"second":1234567890123456789}', 'first'],
  ])('is inexact in %s, at %s', (json, field) => {
    expect(findInexactNumber(json)).toBe(field);
  });

  it.each(['', '{', 'NaN', "{'a':1}"])(
    'is nobody else business in %j, which is no JSON',
    (json) => {
      expect(findInexactNumber(json)).toBeUndefined();
    },
  );

  it('that passes has kept its value', () => {
    const digits = fc.stringMatching(/^(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?$/);
    fc.assert(
      fc.property(digits, (text) => {
        if (findInexactNumber(`{"n":${text}}`) !== undefined) return;
        // Fifteen digits of a double are what was written (DBL_DIG).
        const [whole = '', fraction = ''] = text.split('.');
        const significant = `${whole}${fraction}`.replace(/^0+/, '').length;
        expect(significant).toBeLessThanOrEqual(15);
        expect(Number(Number(text).toPrecision(15))).toBe(Number(text));
      }),
    );
  });
});
