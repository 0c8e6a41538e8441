import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  InvalidInput,
  InvariantViolation,
  type Json,
  responseBytesMax,
} from '../../../../src/domain/kernel/index.ts';
import {
  lostResponse,
  recordResponse,
  recordResult,
  replayResponse,
  replayResult,
  requireStorable,
} from '../../../../src/domain/kernel/work/recorded-response.ts';

const replayOf = (value: unknown) => replayResponse(recordResponse(value).text);

class Point {
  readonly x = 1;
}

class Rows extends Array<number> {}

const circle = (): unknown => {
  const list: unknown[] = [1];
  list.push({ list });
  return list;
};

/** Keys named `__proto__` in objects without a prototype, around values that JSON changes. */
const nullPrototypes = (): unknown => {
  const inner = Object.assign(Object.create(null), { a: undefined, b: -0 });
  const hidden = { enumerable: true, configurable: true, writable: true };
  const outer = Object.defineProperty(Object.create(null), '__proto__', {
    ...hidden,
    value: inner,
  });
  return [outer, Object.defineProperty({}, '__proto__', { ...hidden, value: undefined })];
};

const throwing = (): never => {
  throw new Error('secret');
};

const holed = (): unknown => {
  const list = [1, 2, 3];
  delete list[1];
  return list;
};

describe('a recorded response', () => {
  it.each([
    ['null', null],
    ['a truth', true],
    ['a text', 'a\u0000é😀\ud800"\\\u2028'],
    ['zero', 0],
    ['numbers of every size', [1e21, 1e-7, 5e-324, 1.7976931348623157e308, -1.5]],
    ['nothing', undefined],
    ['minus zero', -0],
    ['a property that is undefined', { a: undefined, b: 1, c: { d: undefined } }],
    ['a list of undefined and minus zero', [undefined, -0, [undefined], null, 0]],
    ['a key named __proto__', JSON.parse('{"__proto__":{"a":1},"b":[{"__proto__":null}]}')],
    ['a key named toJSON', { toJSON: 1 }],
    ['keys in their order', { b: 1, a: 2, 1: 3, '': 4, 'é.[0]': undefined }],
    ['one object in two places', [[1], { a: [1] }]],
    ['a text that looks like a record', 'unreplayable x'],
    ['an object without a prototype', { a: Object.assign(Object.create(null), { b: -0 }) }],
    ['a null prototype around a key named __proto__', nullPrototypes()],
    ['what groupBy gives', Object.groupBy([1, 2, 3], (n) => (n > 1 ? 'many' : '__proto__'))],
  ])('gives back %s exactly', (_, value) => {
    const replayed = replayOf(value);
    expect(replayed).toStrictEqual({ replayable: true, value });
    const keys = (one: unknown) => JSON.stringify(one, (_key, at) => (at === undefined ? 0 : at));
    expect(keys((replayed as { value: unknown }).value)).toBe(keys(value));
  });

  it.each([
    ['a bigint', { updated: 1n }, '$.updated is a bigint'],
    ['a nested bigint', [{ a: [{ b: 1n }] }], '$[0].a[0].b is a bigint'],
    ['NaN', [Number.NaN], '$[0] is NaN'],
    ['infinity', { a: Number.NEGATIVE_INFINITY }, '$.a is infinite'],
    ['a date', { at: new Date(0) }, '$.at is of class Date'],
    ['a map', new Map([[1, 2]]), '$ is of class Map'],
    ['a set', { a: new Set() }, '$.a is of class Set'],
    ['bytes', Buffer.from('a'), '$ is of class Buffer'],
    ['a typed array', new Float64Array(1), '$ is of class Float64Array'],
    ['an instance of a class', new Point(), '$ is of class Point'],
    ['a boxed number', Object(1), '$ is of class Number'],
    ['a subclass of Array', Rows.from([1]), '$ is of class Rows'],
    ['an error', new Error('x'), '$ is of class Error'],
    ['a promise', [Promise.resolve()], '$[0] is of class Promise'],
    ['a regular expression', /x/, '$ is of class RegExp'],
    ['a function', { a: () => 1 }, '$.a is a function'],
    ['a symbol', { a: Symbol('a') }, '$.a is a symbol'],
    ['a symbol as a key', { a: { [Symbol('a')]: 1 } }, '$.a has a symbol as a key'],
    ['a toJSON of its own', { a: { toJSON: throwing } }, '$.a.toJSON is a function'],
    ['a hole', holed(), '$ is an array with holes or with properties'],
    ['properties of an array', Object.assign([1], { index: 0 }), 'holes or with properties'],
    ['a circle', circle(), 'refers to itself'],
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', { enumerable: true, get: throwing }),
      '$.a is a getter',
    ],
    ['a hidden property', Object.defineProperty({}, 'a', { value: 1 }), '$.a is not enumerable'],
    [
      'a list with as many names as holes',
      Object.assign(new Array(1), { name: 1 }),
      '$[0] is not enumerable',
    ],
    ['a proxy that throws', new Proxy({}, { getPrototypeOf: throwing }), '$ cannot be read'],
    ['a key that may be data', { 'ada@example.org': { b: 1n } }, '$[…].b is a bigint'],
  ])('says that it cannot give back %s', (_, value, reason) => {
    const recorded = recordResponse(value);
    expect(recorded.loss).toMatchObject({ tooLarge: false });
    const replayed = replayResponse(recorded.text);
    expect(replayed).toEqual({ replayable: false, reason: recorded.loss?.reason });
    expect(recorded.loss?.reason).toContain(reason);
  });

  it('asks no toJSON that somebody has given to all values', () => {
    const prototype = BigInt.prototype as { toJSON?: unknown };
    const objects = Object.prototype as { toJSON?: unknown };
    prototype.toJSON = () => 1;
    Object.defineProperty(objects, 'toJSON', { value: () => 'other', configurable: true });
    try {
      expect(recordResponse({ a: 1n }).loss?.reason).toBe('$.a is a bigint');
      expect(recordResponse({ a: [1] }).text).toBe('{"a":[1]}');
    } finally {
      delete prototype.toJSON;
      delete objects.toJSON;
    }
  });

  it('has as many bytes of UTF-8 as a column of DSQL may have, and not one more', () => {
    const fits = '漢'.repeat(Math.floor((responseBytesMax - 2) / 3));
    const padded = fits + 'x'.repeat(responseBytesMax - 2 - Buffer.byteLength(fits));
    const { text } = recordResponse(padded);
    expect(Buffer.byteLength(text)).toBe(responseBytesMax);
    expect(replayResponse(text)).toEqual({ replayable: true, value: padded });
    const { loss } = recordResponse(`${padded}x`);
    expect(loss).toEqual({ reason: '$ has more than 1048576 bytes as JSON', tooLarge: true });
    const many = Array.from({ length: 40_000 }, () => ({ undefinedField: undefined }));
    expect(recordResponse(many).loss?.tooLarge).toBe(true);
  });

  it('counts the notes on how to restore it among its bytes', () => {
    expect(recordResponse(Array(100_000).fill(-0)).loss?.tooLarge).toBe(true);
  });

  const nest = (levels: number): unknown => {
    let value: unknown;
    for (let level = 0; level < levels; level += 1) value = [value];
    return value;
  };

  it('may be nested a thousand levels deep', () => {
    expect(replayOf(nest(1_000))).toEqual({ replayable: true, value: nest(1_000) });
    expect(recordResponse(nest(1_001)).loss).toEqual({
      reason: '$[0][0][0][0][0][0][0][0][0][0]… is nested more than 1000 levels deep',
      tooLarge: false,
    });
  });

  it('is read where an older release wrote plain JSON', () => {
    expect(replayResponse('{"a":[1,null]}')).toEqual({ replayable: true, value: { a: [1, null] } });
  });

  it('gives back any value exactly, or says that it cannot', () => {
    const values = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      withNullPrototype: true,
      withBoxedValues: true,
      withObjectString: true,
    });
    let replayable = 0;
    fc.assert(
      fc.property(values, (value) => {
        const replayed = replayOf(value);
        if (!replayed.replayable) return;
        replayable += 1;
        expect(replayed.value).toStrictEqual(value);
      }),
      { numRuns: 1_000 },
    );
    expect(replayable).toBeGreaterThan(100);
  });
});

describe('the text of a response', () => {
  it('may be stored up to a megabyte of UTF-8', () => {
    expect(responseBytesMax).toBe(1_048_576);
    expect(() => requireStorable('é'.repeat(524_288))).not.toThrow();
    expect(() => requireStorable(`${'é'.repeat(524_288)}x`)).toThrow(
      new InvalidInput('A recorded response may have 1048576 bytes in UTF-8 at most'),
    );
  });

  it('says that nothing can be replayed where it was lost', () => {
    expect(lostResponse('$ is a bigint')).toEqual({
      text: 'unreplayable $ is a bigint',
      loss: { reason: '$ is a bigint', tooLarge: false },
    });
    expect(lostResponse('$ is long', true).loss).toEqual({ reason: '$ is long', tooLarge: true });
  });
});

describe('the result of a unit of work', () => {
  it('is recorded as its plain JSON', () => {
    const result = { b: '1.10', a: [{ é: null }, 0.1, 1e21], 2: '😀\ud800' };
    expect(recordResult(result)).toBe(JSON.stringify(result));
    expect(replayResult(recordResult(result))).toEqual(result);
  });

  it('is refused when it is not JSON, with the place', () => {
    const wrong = { rows: [{ updated: 1n }] } as unknown as Json;
    expect(() => recordResult(wrong)).toThrow(InvariantViolation);
    expect(() => recordResult(wrong)).toThrow('$.rows[0].updated is a bigint');
  });

  it('is refused when it is too large to be recorded', () => {
    expect(() => recordResult('x'.repeat(responseBytesMax))).toThrow(InvalidInput);
  });

  it('cannot be read from the record of a lost response', () => {
    expect(() => replayResult(recordResponse(1n).text)).toThrow('cannot be read');
  });
});
