import { describe, expect, it } from 'vitest';
import { comparableNumber } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern-numbers.ts';

describe('a number in an event', () => {
  it.each([
    ...['0', '1', '-1', '100', '999999999999999', '-999999999999999', '9007199254740992'],
    ...['1.5', '-0.5', '1.50', '100.00', '0.0010', '1e2', '1E+2', '15e-1', '0.1e1', '00012'],
    ...['0.30000000000000004', '1e21', '123456789012345680000', '5e-324', '0.0', '0e9', '10e-3'],
  ])('is compared by its value where a double holds it: %s', (text) => {
    expect(comparableNumber(text)).toBe(Number(text));
  });

  it.each(['-0', '-0.0', '-0e3'])('is zero without a sign: %s', (text) => {
    expect(comparableNumber(text)).toBe(0);
  });

  it.each([
    ...['9007199254740993', '12345678901234567891', '0.1000000000000000055', '1e400', '-1e400'],
    ...['1e-400', '10000000000000000.1'],
  ])('is compared by its text where a double rounds it: %s', (text) => {
    expect(comparableNumber(text)).toBeUndefined();
  });
});
