import { describe, expect, test } from 'vitest';
import { optionsToRepeat, readOptions } from './options.ts';

describe('the command line of the simulation', () => {
  test('plays the bank from seed 1 unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ scenario: 'bank', first: 1, seeds: undefined });
  });

  test('takes the names of faults, or none', () => {
    expect(readOptions(['--faults', 'crash, event lost']).faults).toEqual(['crash', 'event lost']);
    expect(readOptions(['--faults', 'none']).faults).toEqual([]);
  });

  test.each([
    [[], ''],
    [['--faults', 'none', '--seeds', '9'], '--faults "none"'],
    [
      ['--scenario', 'booking', '--commands', '20', '--faults', 'crash,event lost'],
      '--scenario booking --commands 20 --faults "crash,event lost"',
    ],
  ])('repeats a seed of %j as the run played it', (args, repeated) => {
    expect(optionsToRepeat(readOptions(args))).toBe(repeated);
  });

  test.each([
    [['--scenario', 'nope'], 'There is no scenario "nope". Choose from: bank, '],
    [['--faults', 'crahs'], 'There is no fault "crahs". Choose from: crash, '],
    [['--seeds', '0'], 'Give --seeds a whole number of at least 1, not "0"'],
    [['--seed', 'x'], 'Give --seed a whole number of at least 0, not "x"'],
    [['--trace'], 'give it by --seed N'],
    [['--shrink'], 'give it by --seed N'],
    [['--seed', '1', '--planted'], 'or leave out --seed'],
    [['--sed', '1'], "Unknown option '--sed'"],
  ])('says how to correct %j', (args, message) => {
    expect(() => readOptions(args)).toThrow(message);
  });
});
