import { describe, expect, it } from 'vitest';
import { readFilterPattern } from '../../../../../packages/cli/src/local/logs/filter-pattern.ts';

describe('a filter pattern of unstructured lines', () => {
  it.each([
    ['all words', 'refused again', 'again it was refused', 'it was refused'],
    ['a text in quotes', '"two words"', 'has two words', 'has words, two'],
    ['a quote in a text', String.raw`"say \"no\""`, 'they say "no" to it', 'they say no to it'],
    ['one of some terms', '?one ?"or two"', 'this or two', 'this or that'],
    ['a term that is absent', 'refused -"by us"', 'refused by them', 'refused by us'],
    ['a question mark within a word', 'what?-no', 'so what?-no', 'what no'],
  ])('reads %s', (_what, pattern, inside, outside) => {
    const takes = readFilterPattern(pattern);
    expect([takes?.(inside), takes?.(outside)]).toEqual([true, false]);
  });

  it.each([
    '"open',
    '?"open',
    String.raw`"open \"`,
    '"a"b',
    'a"b"',
    '{ $.x = 1 }',
    '[a, b]',
    '%x%',
  ])('refuses %s', (pattern) => {
    expect(readFilterPattern(pattern)).toBeUndefined();
  });
});
