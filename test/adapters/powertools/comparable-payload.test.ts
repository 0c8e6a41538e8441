import { describe, expect, it } from 'vitest';
import {
  comparablePayload,
  findLoss,
  lossMark,
} from '../../../src/adapters/powertools/comparable-payload.ts';

class Amount {
  readonly cents = 5;
}

class Hidden {
  readonly #cents = 5;
  double(): number {
    return 2 * this.#cents;
  }
}

class Shown {
  toJSON(): string {
    return '5';
  }
}

const circle = (): Record<string, unknown> => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

describe('a payload that is compared by its JSON', () => {
  it.each([
    ['a text', 'a'],
    ['a number', 1.5],
    ['true', true],
    ['null', null],
    ['nothing', undefined],
    ['a date', new Date(0)],
    ['a list', [1, [2]]],
    ['an empty list', []],
    ['an object', { a: { b: 1 } }],
    ['an empty object', {}],
    ['an object without a prototype', Object.create(null)],
    ['an object of a class', new Amount()],
    ['an object of a class that shows itself', new Shown()],
    ['one object at two places', Array(2).fill({ a: 1 })],
    ['bytes', Buffer.from('a')],
  ])('is itself where JSON loses nothing: %s', (_, payload) => {
    expect(comparablePayload(payload)).toBe(payload);
    expect(findLoss(JSON.parse(JSON.stringify({ payload })))).toBeUndefined();
  });

  it.each([
    ['NaN', Number.NaN, 'NaN'],
    ['infinity', Number.POSITIVE_INFINITY, 'Infinity'],
    ['less than anything', Number.NEGATIVE_INFINITY, '-Infinity'],
    ['a bigint', 1n, 'a bigint'],
    ['a function', () => 1, 'a function'],
    ['a symbol', Symbol('a'), 'a symbol'],
    ['a date that is none', new Date(Number.NaN), 'an invalid Date'],
    ['a Map', new Map(), 'an object of class Map'],
    ['a Set', new Set([1]), 'an object of class Set'],
    ['a WeakMap', new WeakMap(), 'an object of class WeakMap'],
    ['a WeakSet', new WeakSet(), 'an object of class WeakSet'],
    ['a promise', Promise.resolve(1), 'an object of class Promise'],
    ['an expression', /a/, 'an object of class RegExp'],
    ['an error', new Error('a'), 'an object of class Error'],
    ['a buffer of bytes', new ArrayBuffer(1), 'an object of class ArrayBuffer'],
    ['a view of bytes', new DataView(new ArrayBuffer(1)), 'an object of class DataView'],
    ['a key __proto__', JSON.parse('{"__proto__":1}'), 'an object with the key __proto__'],
    ['an object that hides its state', new Hidden(), 'an object that shows nothing of its state'],
  ])('says what JSON would lose: %s', (_, lost, loss) => {
    expect(comparablePayload(lost)).toBe(lossMark + loss);
    const compared = comparablePayload({ first: 1, rows: [{ lost }] });
    expect(compared).toEqual({ first: 1, rows: [{ lost: lossMark + loss }] });
    expect(findLoss(compared)).toBe(loss);
    expect(findLoss(JSON.parse(JSON.stringify(compared)))).toBe(loss);
  });

  it('names the place where a circle closes, and no other place', () => {
    const compared = comparablePayload({ beside: { a: 1 }, round: circle() });
    expect(compared).toEqual({ beside: { a: 1 }, round: { self: `${lossMark}a circle` } });
    expect(findLoss(compared)).toBe('a circle');
  });

  it('keeps lists lists, and changes nothing of the payload itself', () => {
    const payload = { rows: [1n, 2] };
    expect(comparablePayload(payload)).toEqual({ rows: [`${lossMark}a bigint`, 2] });
    expect(payload).toEqual({ rows: [1n, 2] });
  });

  it.each([null, undefined, 1, 'text', [], {}, ['a', { b: null }]])(
    'has lost nothing in %j',
    (selection) => {
      expect(findLoss(selection)).toBeUndefined();
    },
  );
});
