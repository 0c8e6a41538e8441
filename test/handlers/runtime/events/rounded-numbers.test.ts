import { describe, expect, it } from 'vitest';
import { holdsRoundedNumber } from '../../../../src/handlers/runtime/events/rounded-numbers.ts';

describe('a number that reading may have rounded', () => {
  it.each([
    '9007199254740993',
    '[[{"a":-9007199254740992}]]',
    '1e400',
    '1e21',
    '-0',
    '{"price":0.1234567890123456789}',
    '12345678.12345678',
  ])('is found in %s', (json) => {
    expect(holdsRoundedNumber(JSON.parse(json))).toBe(true);
  });

  it.each([
    '9007199254740991',
    '{"price":100.50,"text":"9007199254740993"}',
    '[0,1.5,-1e-7,0.000123456789012345,null,true]',
    '123456789.012345',
    '"1e400"',
  ])('is not in %s', (json) => {
    expect(holdsRoundedNumber(JSON.parse(json))).toBe(false);
  });
});
