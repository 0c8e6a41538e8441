import { describe, expect, it } from 'vitest';
import { isExactNumber, isSurelyExact } from '../../../../src/domain/kernel/index.ts';

describe('the text of a number is read exactly', () => {
  it.each([
    ...['0', '-0', '0.0', '-0.00', '0e5', '0e999999', '7', '-7', '10', '100', '1e2', '1E+2'],
    ...['0.1', '-0.1e1', '0.1000000000000000', '-12.50', '1.5e-3', '100e-2', '0.0010'],
    ...['9007199254740992', '123456789012345680000', '1e21', '12e20', '5e-324', '1e300'],
    ...['0.30000000000000004', '1.7976931348623157e308', '1e0000000000000001'],
  ])('in %s', (text) => {
    expect(isExactNumber(text)).toBe(true);
  });

  it.each([
    ...['9007199254740993', '0.1000000000000000055', '1e400', '-1e400', '1e-400', '3e-324'],
    ...['12345678901234567890', '-90071992547409.93123'],
  ])('and not in %s, which a double rounds', (text) => {
    expect(isExactNumber(text)).toBe(false);
  });

  it.each([
    ...['', '-', '+1', '--1', '01', '-01', '.5', '5.', '1e', '1e+', 'e1', '1.2.3', '1e2e3'],
    ...[' 1', '1 ', 'x1', '1x', '0x10', 'NaN', 'Infinity', '-Infinity', '1_000', '١'],
  ])('and not in %j, which is no number of JSON', (text) => {
    expect(isExactNumber(text)).toBe(false);
  });
});

describe('a number whose text is lost', () => {
  it.each([0, -0, 1, -1, 0.1, 123456789012345, -0.123456789012345, 1e300, 2.3e-308, -2.3e-308])(
    'is surely what was written when it is %d',
    (value) => {
      expect(isSurelyExact(value)).toBe(true);
    },
  );

  it.each([
    ...[1234567890123456, 0.1234567890123456, -0.30000000000000004, 2 ** 53 - 1],
    ...[2.2e-308, -2.2e-308, 5e-324, Number.NaN, Infinity, -Infinity],
  ])('may have been another one when it is %d', (value) => {
    expect(isSurelyExact(value)).toBe(false);
  });
});
