import { describe, expect, it } from 'vitest';
import {
  InvalidJson,
  parseJsonText,
} from '../../../../../../packages/cli/src/local/eventbridge/pattern/json-text.ts';

describe('JSON that keeps its text', () => {
  it('keeps number spelling, repeated keys and the order of keys', () => {
    const root = parseJsonText('{"b": 1.50, "a": 1, "b": 3e2}');
    expect(root.kind === 'object' && root.entries.map(([key, value]) => [key, value])).toEqual([
      ['b', { kind: 'number', text: '1.50', start: 6, end: 10 }],
      ['a', { kind: 'number', text: '1', start: 17, end: 18 }],
      ['b', { kind: 'number', text: '3e2', start: 25, end: 28 }],
    ]);
  });

  it('keeps a __proto__ key as a key like any other', () => {
    const root = parseJsonText('{"__proto__":{"x":1}}');
    expect(root.kind === 'object' && root.entries.map(([key]) => key)).toEqual(['__proto__']);
  });

  it.each([
    ['"a\\u00e9\\n"', 'aé\n'],
    ['"😀"', '😀'],
    ['" \u007f"', ' \u007f'],
  ])('reads the string %s', (text, value) => {
    expect(parseJsonText(text)).toMatchObject({ kind: 'string', value });
  });

  it.each([
    ['', 0],
    ['{"a":1', 6],
    ['{"a":1,}', 7],
    ['[1 2]', 3],
    ['01', 1],
    ['nul', 0],
    ['nullx', 0],
    ['"a\nb"', 0],
    ['"\\x"', 0],
    ['"open', 0],
    ["{'a':1}", 1],
    ['{} {}', 3],
  ])('refuses %j at offset %i', (text, at) => {
    expect(() => parseJsonText(text)).toThrow(InvalidJson);
    expect(() => parseJsonText(text)).toThrow(expect.objectContaining({ at }));
  });

  it.each([
    ['[', '', ']'],
    ['[', '1', ']'],
    ['{"a":', '{}', '}'],
    ['{"a":', 'null', '}'],
    ['[{"a":', '[]', '}]'],
  ])('reads as many levels of %s%s%s as it is told and refuses one more', (open, inner, close) => {
    const nested = (levels: number): string => open.repeat(levels) + inner + close.repeat(levels);
    const times = 500;
    const levels = times * (open === '[{"a":' ? 2 : 1) + (/[[{]/.test(inner) ? 1 : 0);
    expect(parseJsonText(nested(times), levels).end).toBe(nested(times).length);
    expect(() => parseJsonText(nested(times), levels - 1)).toThrow(
      `Nested deeper than ${levels - 1} levels`,
    );
  });

  it('reads 1,000 levels unless it is told otherwise', () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    expect(parseJsonText(nested(1000)).kind).toBe('array');
    expect(() => parseJsonText(nested(1001))).toThrow('Nested deeper than 1000 levels');
  });

  it('needs no stack for levels', () => {
    const text = '['.repeat(200_000) + ']'.repeat(200_000);
    expect(parseJsonText(text, 200_000).end).toBe(text.length);
  });

  it.each([
    ...['null', 'true', '"x"', '-0', '1E+2', '[]', '{}', ' [ 1 , { "a" : [ ] } ] '],
    ...['+1', '.5', '1.', '1e', '--1', 'True', '[,]', '{"a"}', '{1:2}', '"\t"', '\u00a0 1'],
  ])('agrees with JSON.parse on whether %j is JSON', (text) => {
    const isJson = (parse: (text: string) => unknown): boolean => {
      try {
        parse(text);
        return true;
      } catch {
        return false;
      }
    };
    expect(isJson(parseJsonText)).toBe(isJson(JSON.parse));
  });
});
