import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../src/domain/kernel/nearest-name.ts';

describe('the nearest known name', () => {
  it.each([
    ['kitten', 'sitting', 3 / 7],
    ['abcd', 'abc', 1 / 4],
    ['abc', 'abcd', 1 / 4],
    ['bcd', 'abcd', 1 / 4],
    ['ab', 'ba', 2 / 2],
    ['abc', 'xyz', 3 / 3],
    ['saturday', 'sunday', 3 / 8],
    ['a', 'aaaa', 3 / 4],
    ['', 'ab', 2 / 2],
  ])(
    'of %j is %j when that share of its letters may be wrong, and not one less',
    (name, known, share) => {
      expect(nearestName(name, [known], share)).toBe(known);
      expect(nearestName(name, [known], share - 0.001)).toBeUndefined();
    },
  );

  it('is the name itself, whatever the case of its letters', () => {
    expect(nearestName('TABLE', ['table'], 0)).toBe('table');
    expect(nearestName('table', ['Table'], 0)).toBe('Table');
  });

  it('is the one with the smallest share of wrong letters, wherever it stands', () => {
    expect(nearestName('colour', ['color', 'cooler', 'collar'], 1)).toBe('color');
    expect(nearestName('colour', ['cooler', 'collar', 'color'], 1)).toBe('color');
    expect(nearestName('abc', ['abx', 'abcdefghi'], 1)).toBe('abx');
  });

  it('is none where no name is known', () => {
    expect(nearestName('a', [], 1)).toBeUndefined();
  });

  it('is not looked for where a word has more than a hundred letters', () => {
    const word = 'w'.repeat(100);
    expect(nearestName(word, [word], 0)).toBe(word);
    expect(nearestName(`${word}w`, [`${word}w`], 0)).toBeUndefined();
  });
});
