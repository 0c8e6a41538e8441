import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findJsonProblem, jsonDepthMax } from '../../../src/domain/kernel/index.ts';

const anything = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withSparseArray: true,
  withBoxedValues: true,
  withNullPrototype: true,
  withUnicodeString: false,
});

/** Written out by hand, so that it is not the code that is tested: fields without a value are absent, -0 is 0. */
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

class Seat {
  readonly name = 'A1';
}

describe('the search for what JSON would change', () => {
  it('finds nothing only where JSON gives back the same value', () => {
    fc.assert(
      fc.property(anything, (value) => {
        fc.pre(findJsonProblem(value, 'any') === undefined);
        expect(JSON.parse(JSON.stringify(value))).toEqual(normal(value));
      }),
      { numRuns: 1_000 },
    );
  });

  it('finds nothing in what has come out of JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(findJsonProblem(JSON.parse(text), 'any')).toBeUndefined();
      }),
    );
  });

  it.each([
    ['a list with undefined', [undefined], '0', 'is undefined'],
    ['a list with a hole', Array(1), '0', 'is undefined'],
    ['NaN', { a: [{ b: Number.NaN }] }, 'a.0.b', 'is NaN'],
    ['an infinite number', { a: Number.NEGATIVE_INFINITY }, 'a', 'is -Infinity'],
    ['a bigint', { a: 1n }, 'a', 'is a bigint: write it as a text'],
    ['a date', { at: new Date(0) }, 'at', 'is a Date: give a plain object or a text'],
    ['a map', { a: new Map() }, 'a', 'is a Map: give a plain object or a text'],
    ['an instance', { seat: new Seat() }, 'seat', 'is a Seat: give a plain object or a text'],
    ['a regular expression', /a/, '', 'is a RegExp: give a plain object or a text'],
    ['a function', { toJSON: () => 1 }, 'toJSON', 'is a function'],
    ['a symbol', [Symbol('a')], '0', 'is a symbol'],
    ['nothing at all', undefined, '', 'is undefined'],
    ['half a surrogate pair', { a: 'x\ud800' }, 'a', 'has half a surrogate pair'],
    ['half of one in a key', { a: { '\udc00': 1 } }, 'a', 'has a key with half a surrogate pair'],
  ])('names where %s is', (_, value, path, message) => {
    expect(findJsonProblem(value, 'well-formed')).toMatchObject({ path, message });
  });

  it('lets half a surrogate pair pass where JSON alone reads it', () => {
    expect(findJsonProblem({ '\udc00': '\ud800' }, 'any')).toBeUndefined();
  });

  it('lets a field without a value pass, because its reader finds it absent', () => {
    expect(findJsonProblem({ note: undefined }, 'well-formed')).toBeUndefined();
  });

  it('goes as deep as a bus, and no deeper', () => {
    expect(findJsonProblem(nested(jsonDepthMax), 'any')).toBeUndefined();
    expect(findJsonProblem(nested(jsonDepthMax + 1), 'any')?.message).toMatch(/990 levels/);
  });

  it('ends at a value that contains itself', () => {
    const list: unknown[] = [];
    list.push(list);
    expect(findJsonProblem(list, 'any')?.message).toMatch(/contains itself/);
  });
});
