import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonProblem, writeJson } from '../../../../src/domain/kernel/json/json-writer.ts';

const rules = { bytesMax: 10_000, nestingMax: 100 };

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withBoxedValues: true,
  withNullPrototype: true,
});

const problemOf = (value: unknown): JsonProblem | undefined => {
  try {
    writeJson(value, rules);
    return undefined;
  } catch (error) {
    if (error instanceof JsonProblem) return error;
    throw error;
  }
};

/**
 * Written out by hand, so that it is not the code that is tested: fields without a value are
 * absent, -0 is 0.
 */
const normal = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(normal);
  if (typeof value !== 'object' || value === null) return Object.is(value, -0) ? 0 : value;
  const fields = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(fields.map(([key, part]) => [key, normal(part)]));
};

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { value };
  return value;
};

describe('JSON that its reader reads as the same value', () => {
  it('is written as JSON.stringify writes it, or refused', () => {
    let written = 0;
    fc.assert(
      fc.property(anything, (value) => {
        if (problemOf(value)) return;
        written += 1;
        expect(writeJson(value, rules)).toBe(JSON.stringify(value));
        expect(JSON.parse(writeJson(value, rules))).toEqual(normal(value));
      }),
      { numRuns: 2_000 },
    );
    expect(written).toBeGreaterThan(50);
  });

  it('is written of everything that has come out of JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(writeJson(JSON.parse(text), rules)).toBe(JSON.stringify(JSON.parse(text)));
      }),
    );
  });

  it.each([
    ['a list with undefined', [undefined], '$[0]', 'is undefined'],
    ['nothing at all', undefined, '$', 'is undefined'],
    ['half a surrogate pair', { a: 'x\ud800' }, '$.a', 'has half a surrogate pair'],
    ['half of one in a key', { a: { '\udc00': 1 } }, '$.a[…]', 'has half a surrogate pair'],
    ['a key that may be data', { 'a@example.org': { b: 1n } }, '$[…].b', 'is a bigint'],
  ])('is not written of %s, and the place is named', (_, value, place, message) => {
    expect(problemOf(value)).toMatchObject({ place, message });
  });

  it('leaves out a field without a value, because its reader finds it absent', () => {
    expect(writeJson({ note: undefined, '\ud800': undefined, a: 1 }, rules)).toBe('{"a":1}');
  });

  it('takes objects and lists of another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    expect(writeJson(runInNewContext('({ a: [{ b: 1 }] })'), rules)).toBe('{"a":[{"b":1}]}');
  });

  it('is as deep and as long as the rules say, and no more', () => {
    expect(problemOf(nested(100))).toBeUndefined();
    expect(problemOf(nested(101))?.message).toBe('is nested more than 100 levels deep');
    expect(problemOf('é'.repeat(4_999))).toBeUndefined();
    expect(problemOf('é'.repeat(5_000))?.kind).toBe('size');
  });
});
