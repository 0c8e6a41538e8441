import { describe, expect, it } from 'vitest';
import {
  isWithin,
  looksLikeAddress,
  networkRange,
  parseAddress,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern-addresses.ts';

/** The bytes of an address in hexadecimal. */
const hex = (text: string): string | undefined => parseAddress(text)?.map(toHex).join('');
const toHex = (byte: number): string => byte.toString(16).padStart(2, '0');

describe('an IP address', () => {
  it.each([
    ['0.0.0.0', '00000000'],
    ['255.255.255.255', 'ffffffff'],
    ['10.1.2.3', '0a010203'],
    ['010.001.002.003', '0a010203'],
    ['001.002.003.004', '01020304'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['fedc:BA98:0:0:0:0:0:ffff', 'fedcba9800000000000000000000ffff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['1::', '00010000000000000000000000000000'],
    ['1::8', '00010000000000000000000000000008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['1:2:3::6:7:8', '00010002000300000000000600070008'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '20010db8000000000000000000000001'],
    ['::ffff:a01:203', '0a010203'],
    ['0:0:0:0:0:ffff:0a01:0203', '0a010203'],
    ['::fffe:a01:203', '00000000000000000000fffe0a010203'],
    ['::1:ffff:a01:203', '00000000000000000001ffff0a010203'],
    ['1::ffff:a01:203', '00010000000000000000ffff0a010203'],
  ])('%s has the bytes %s', (text, bytes) => {
    expect(hex(text)).toBe(bytes);
    expect(looksLikeAddress(text)).toBe(true);
  });

  it.each([
    ...['256.0.0.0', '0.0.0.256', '1.2.3.999', '0010.001.002.003', '1.2.3.0000000000004'],
    ...[':', ':::', '1', '1:2', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7:8::'],
    ...['::1:2:3:4:5:6:7:8', '1::2::3', '1:::2', '12345::', '::12345', '1:2:3:4:5:6:7:', ':1::'],
    ...['02001:0db8:0000:0000:0000:0000:0000:0001', '1::2:', '::1::'],
  ])('%s is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    ...['256.0.0.0', '1.2.3.4', '0000.0.0.0', ':', '::', '1:2', ':::', 'a:b', 'F:0', '12345::'],
  ])('%s has the shape of one', (text) => {
    expect(looksLikeAddress(text)).toBe(true);
  });

  it.each([
    ...['', '1', 'abc', '1.2.3', '1.2.3.4.5', '1.2.3.', '.1.2.3', 'a.b.c.d', '1.2.3.4/8'],
    ...[
      'x1.2.3.4',
      '1.2.3.4x',
      '::g',
      'g::',
      'x::1',
      '::1x',
      '::ffff:1.2.3.4',
      '1::2%eth0',
      '1 ::',
    ],
  ])('%j has no shape of one', (text) => {
    expect(looksLikeAddress(text)).toBe(false);
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe('a network', () => {
  const rangeOf = (text: string, bits: number) => {
    const { first, last } = networkRange(parseAddress(text) ?? [], bits);
    return [first, last].map((address) => address.map(toHex).join(''));
  };

  it.each([
    ['10.1.2.3', 0, '00000000', 'ffffffff'],
    ['10.1.2.3', 1, '00000000', '7fffffff'],
    ['10.1.2.3', 7, '0a000000', '0bffffff'],
    ['10.1.2.3', 8, '0a000000', '0affffff'],
    ['10.1.2.3', 9, '0a000000', '0a7fffff'],
    ['10.129.2.3', 9, '0a800000', '0affffff'],
    ['10.1.2.3', 24, '0a010200', '0a0102ff'],
    ['10.1.2.3', 31, '0a010202', '0a010203'],
    ['1:2:3:4::', 33, '00010002000000000000000000000000', '000100027fffffffffffffffffffffff'],
    ['1::', 127, '00010000000000000000000000000000', '00010000000000000000000000000001'],
  ])('of %s and %i bits goes from %s to %s', (text, bits, first, last) => {
    expect(rangeOf(text, bits)).toEqual([first, last]);
  });

  it('holds its first and its last address, and none outside or of the other family', () => {
    const range = networkRange(parseAddress('10.1.2.128') ?? [], 25);
    const holds = (text: string) => isWithin(range, parseAddress(text) ?? []);
    expect(['10.1.2.128', '10.1.2.200', '10.1.2.255'].map(holds)).toEqual([true, true, true]);
    const outside = ['10.1.2.127', '10.1.3.0', '10.1.1.255', '11.1.2.129', '9.1.2.200', 'a01::'];
    expect(outside.map(holds)).toEqual(outside.map(() => false));
  });
});
