import { describe, expect, it } from 'vitest';
import { compilePattern } from '../../../../../../packages/cli/src/local/eventbridge/pattern/pattern.ts';
import { processorMsOf } from '../../../../../support/processor-time.ts';

const sizeFactor = 8;
/** A linear match takes 8 times as long on 8 times the event, a quadratic one 64 times. */
const growthMax = 24;
/** Below it, the compiler and the garbage collector decide. */
const noiseMs = 8;
/** A linear match may be disturbed now and then; a quadratic one is too slow each time. */
const attemptsMax = 8;
const testTimeoutMs = 60_000;

const repeat = (times: number, item: object): readonly object[] =>
  Array.from({ length: times }, () => item);

const wrapped = (levels: number, open: string, inner: string, close: string): string =>
  open.repeat(levels) + inner + close.repeat(levels);

type Case = {
  readonly title: string;
  readonly pattern: object;
  /** The text of an event; `size` is proportional to its length. */
  readonly event: (size: number) => string;
  readonly size: number;
};

const cases: readonly Case[] = [
  {
    title: 'an absent field in an array of objects that all have it',
    pattern: { d: { a: [1], z: [{ exists: false }] } },
    event: (size) => JSON.stringify({ d: repeat(size, { a: 1, z: 1 }) }),
    size: 500,
  },
  {
    title: 'an absent field in arrays within arrays',
    pattern: { d: { a: { x: [1] }, z: { y: [{ exists: false }] } } },
    event: (size) =>
      JSON.stringify({ d: repeat(size / 10, { a: repeat(5, { x: 1 }), z: repeat(5, { y: 1 }) }) }),
    size: 500,
  },
  {
    title: 'two arrays beside each other, neither of which has the third field',
    pattern: { d: { a: { x: [1] }, b: { x: [1] }, z: [1] } },
    event: (size) =>
      JSON.stringify({ d: [{ a: repeat(size, { x: 1 }), b: repeat(size, { x: 1 }) }, { z: 1 }] }),
    size: 500,
  },
  {
    title: 'fields that no element of an array has together',
    pattern: { d: { a: [1], b: [1], c: [1] } },
    event: (size) =>
      JSON.stringify({
        d: [...repeat(size, { a: 1, b: 1 }), ...repeat(size, { b: 1, c: 1 })],
      }),
    size: 500,
  },
  {
    title: 'long arrays of values beside each other, and one of objects without both fields',
    pattern: { a: ['x'], b: ['x'], c: ['x'], d: { e: [1], f: [2] } },
    event: (size) => {
      const tags = Array(size).fill('x');
      return JSON.stringify({ a: tags, b: tags, c: tags, d: [{ e: 1 }, { f: 2 }] });
    },
    size: 500,
  },
  {
    title: 'a wide array at the bottom of many arrays',
    pattern: { d: { a: [2] } },
    event: (size) => {
      const bottom = Array(size * 20)
        .fill('{"a":1}')
        .join();
      return `{"d":${wrapped(size, '[', bottom, ']')}}`;
    },
    size: 120,
  },
  {
    title: 'values on every level of many arrays, and a field that is absent',
    pattern: { d: { a: [1], z: [{ exists: false }] } },
    event: (size) => `{"d":${wrapped(size, '[{"a":1,"z":1},', '1', ']')}}`,
    size: 120,
  },
  {
    title: 'values and arrays in the same arrays, on many levels',
    pattern: { d: [2], 'd.z': [{ exists: false }] },
    event: (size) => `{"d":${wrapped(size, '[2,{"z":1},', '1', ']')}}`,
    size: 120,
  },
  {
    title: 'long keys within each other',
    pattern: { a: [2] },
    event: (size) => wrapped(size, `{"a":1,"${'k'.repeat(1_000)}":`, '1', '}'),
    size: 120,
  },
  {
    title: 'a key of many dots',
    pattern: { a: [2] },
    event: (size) => JSON.stringify({ ['.'.repeat(size)]: 1 }),
    size: 50_000,
  },
  {
    title: 'a number of many zeros',
    pattern: { a: [{ numeric: ['>', 1] }] },
    event: (size) => `{"a":1${'0'.repeat(size)}1}`,
    size: 4_000,
  },
  {
    title: 'a fraction of many zeros',
    pattern: { a: [1] },
    event: (size) => `{"a":1.${'0'.repeat(size)}1}`,
    size: 4_000,
  },
  {
    title: 'a string that begins like an address',
    pattern: { a: [{ cidr: '10.0.0.0/8' }, '::1'] },
    event: (size) => JSON.stringify({ a: `${':'.repeat(size)}g` }),
    size: 4_000,
  },
  {
    title: 'a string that repeats the start of an ending in either case',
    pattern: { a: [{ suffix: { 'equals-ignore-case': 'a'.repeat(4_000) } }] },
    event: (size) => JSON.stringify({ a: `${'a'.repeat(size)}b` }),
    size: 4_000,
  },
  {
    title: 'a string that repeats the start of a wildcard',
    pattern: { a: [{ wildcard: '*aaaaaaab*c' }] },
    event: (size) => JSON.stringify({ a: 'a'.repeat(size) }),
    size: 50_000,
  },
  {
    title: 'a string of escapes',
    pattern: { a: [2] },
    event: (size) => `{"a":"${'\\n\\"'.repeat(size)}"}`,
    size: 50_000,
  },
  {
    title: 'alternatives by `$or`',
    pattern: { d: { $or: [...repeat(60, { a: [2] }), { b: [3] }] } },
    event: (size) => JSON.stringify({ d: repeat(size, { a: 1, b: 1 }) }),
    size: 2_000,
  },
];

describe('matching a pattern takes time in proportion to the event', () => {
  it.each(cases)('which has $title', { timeout: testTimeoutMs }, ({ pattern, event, size }) => {
    const { matches } = compilePattern(JSON.stringify(pattern));
    const [small, large] = [event(size), event(size * sizeFactor)];
    let growth = Number.POSITIVE_INFINITY;
    for (let attempt = 0; attempt < attemptsMax && growth >= growthMax; attempt += 1) {
      const smallMs = Math.max(
        noiseMs,
        processorMsOf(() => matches(small)),
      );
      growth = processorMsOf(() => matches(large)) / smallMs;
    }
    expect(growth).toBeLessThan(growthMax);
  });
});
