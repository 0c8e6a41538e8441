import { describe, expect, it } from 'vitest';
import {
  JsonProblem,
  placeOf,
  requireBytes,
  utf8Bytes,
  writeJson,
} from '../../../../src/domain/kernel/json/json-writer.ts';

describe('bytes of UTF-8', () => {
  it.each([
    ['', 0],
    ['\u0000', 1],
    ['\u007f', 1],
    ['\u0080', 2],
    ['\u07ff', 2],
    ['\u0800', 3],
    ['\ud7ff', 3],
    ['\ud800', 2],
    ['\udfff', 2],
    ['\ue000', 3],
    ['\uffff', 3],
    ['😀', 4],
    ['aé漢😀', 10],
  ])('of %j are %i', (text, bytes) => {
    expect(utf8Bytes(text)).toBe(bytes);
  });

  it.each(['x', 'é', '漢', '😀'])('may be as many as are allowed, of %j', (character) => {
    const text = character.repeat(7);
    const bytes = Buffer.byteLength(text);
    expect(() => requireBytes(text, bytes)).not.toThrow();
    expect(() => requireBytes(text, bytes - 1)).toThrow(`has more than ${bytes - 1} bytes as JSON`);
  });
});

describe('the place of a value', () => {
  it.each([
    [[], '$'],
    [['rows', 0, 'price'], '$.rows[0].price'],
    [['a_b', '$c', 'D9'], '$.a_b.$c.D9'],
    [['ada@example.org'], '$[…]'],
    [['9a'], '$[…]'],
    [['a b'], '$[…]'],
    [[''], '$[…]'],
    [['k'.repeat(40)], `$.${'k'.repeat(40)}`],
    [['k'.repeat(41)], '$[…]'],
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], '$[0][1][2][3][4][5][6][7][8][9]'],
    [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], '$[0][1][2][3][4][5][6][7][8][9]…'],
  ])('%j is shown as %s', (path, place) => {
    expect(placeOf(path)).toBe(place);
  });
});

describe('a value as JSON', () => {
  const bytesAllowed = (value: unknown, rules: object = {}): number => {
    for (let bytesMax = 0; ; bytesMax += 1) {
      try {
        writeJson(value, { bytesMax, nestingMax: 9, ...rules });
        return bytesMax;
      } catch (error) {
        if (!(error instanceof JsonProblem && error.kind === 'size')) throw error;
      }
    }
  };

  it.each([
    ...[1, 'a', 'é', null, true, false, 1.5, [], {}, [[]], [1, 2], ['a', ['b', null]]],
    ...[{ a: 1 }, { a: 1, b: [true, { c: 'd' }] }, [[[[]]]], ['', '', ''], [-0]],
  ])('%j needs as many bytes as it has', (value) => {
    expect(bytesAllowed(value)).toBe(Buffer.byteLength(JSON.stringify(value)));
  });

  it('needs room for what parsing changes', () => {
    const onChange = () => undefined;
    expect(bytesAllowed([undefined], { onChange })).toBe('undefined'.length + 2 + 'null'.length);
    expect(bytesAllowed([[undefined]], { onChange })).toBe('undefined'.length + 4 + 'null'.length);
  });

  it('tells what parsing changes, and where', () => {
    const told: unknown[] = [];
    const text = writeJson([-0, { a: undefined, b: Object.create(null) }, 0], {
      bytesMax: 1_000,
      nestingMax: 9,
      onChange: (kind, path) => told.push([kind, ...path]),
    });
    expect(text).toBe('[0,{"a":null,"b":{}},0]');
    expect(told).toEqual([
      ['-0', 0],
      ['undefined', 1, 'a'],
      ['no-prototype', 1, 'b'],
    ]);
  });

  it('is as deep as the rules say', () => {
    const rules = { bytesMax: 100, nestingMax: 2 };
    expect(writeJson([[1], [{}].slice(1), { a: 1 }], rules)).toBe('[[1],[],{"a":1}]');
    expect(() => writeJson([[[]]], rules)).toThrow('is nested more than 2 levels deep');
  });

  it('ends soon where it would be written over and over, or is very long', () => {
    let lists: unknown = [1];
    for (let level = 0; level < 64; level += 1) lists = [lists, lists];
    let objects: unknown = {};
    for (let level = 0; level < 64; level += 1) objects = { a: objects, b: objects };
    let changes: unknown = {};
    for (let level = 0; level < 64; level += 1) {
      changes = { deeper: changes, again: changes, list: Array(100).fill(undefined) };
    }
    const rules = { bytesMax: 10_000, nestingMax: 1_000, onChange: () => undefined };
    for (const value of [lists, objects, changes, new Array(4_294_967_295)]) {
      expect(() => writeJson(value, rules)).toThrow('has more than 10000 bytes as JSON');
    }
  });

  it('is refused before it is too deep for the stack', () => {
    let deep: unknown;
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    const rules = { bytesMax: 1_000_000, nestingMax: 1_000 };
    expect(() => writeJson(deep, rules)).toThrow('is nested more than 1000 levels deep');
  });

  it('may hold one object in two places, and none in itself', () => {
    const rules = { bytesMax: 100, nestingMax: 9 };
    const twice = { a: 1 };
    expect(writeJson([twice, twice], rules)).toBe('[{"a":1},{"a":1}]');
    const circle: unknown[] = [];
    circle.push([circle]);
    expect(() => writeJson(circle, rules)).toThrow('refers to itself');
  });

  it('names the class of what is no JSON, unless its name may be data', () => {
    const rules = { bytesMax: 100, nestingMax: 9 };
    const problem = (value: object) => {
      try {
        return writeJson(value, rules);
      } catch (error) {
        return (error as JsonProblem).message;
      }
    };
    const named = (name: string): object =>
      new (Object.defineProperty(class {}, 'name', { value: name }) as new () => object)();
    expect(problem(new Date(0))).toBe('is of class Date');
    expect(problem(named('ada@example.org'))).toBe('is of class its own');
    expect(problem(named(''))).toBe('is of class its own');
    expect(problem(Object.create({}))).toBe('is of class Object');
    expect(problem(Object.create(Object.create(null)))).toBe('is of class its own');
    expect(problem(Object.create({ constructor: 'text' }))).toBe('is of class its own');
  });
});
