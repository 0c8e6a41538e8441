import { describe, expect, test } from 'vitest';
import { defined } from '../../../src/domain/kernel/defined.ts';

describe('defined', () => {
  test('leaves out the fields that are undefined, and no others', () => {
    const fields = { none: undefined, zero: 0, empty: '', no: false, nothing: null };
    expect(Object.keys(defined(fields))).toEqual(['zero', 'empty', 'no', 'nothing']);
  });

  test('keeps the order of the fields and their identity', () => {
    const shared = {};
    const kept = defined({ b: 1, a: shared });
    expect(Object.keys(kept)).toEqual(['b', 'a']);
    expect(kept.a).toBe(shared);
  });

  test('does not change the object that it was given', () => {
    const given = { a: 1, b: undefined };
    defined(given);
    expect('b' in given).toBe(true);
  });
});
