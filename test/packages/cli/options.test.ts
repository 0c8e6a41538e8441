import { describe, expect, it } from 'vitest';
import { localHelp, localOptions } from '../../../packages/cli/src/options.ts';
import { UsageError } from '../../../packages/local-dsql/src/process/command-options.ts';

const read = (line: string) => localOptions(line.split(' ').filter(Boolean));

describe('localOptions', () => {
  it('has a default for everything', () => {
    expect(read('')).toEqual({
      once: false,
      httpPorts: [4100, 4200],
      dsqlPorts: [4132, 4232],
      watch: true,
      scheduleSpeed: 1,
      ignore: [],
    });
  });

  it('reads every option', () => {
    const line =
      '--once --app app --check check.ts --primary-port 1 --secondary-port 2 --primary-dsql-port 3 --secondary-dsql-port 4 --regions us-east-1,us-east-2 --witness us-west-2 --data d --schedule-speed 60 --ignore A --ignore B';
    expect(read(line)).toEqual({
      once: true,
      app: 'app',
      check: 'check.ts',
      httpPorts: [1, 2],
      dsqlPorts: [3, 4],
      regions: ['us-east-1', 'us-east-2'],
      witness: 'us-west-2',
      data: 'd',
      watch: false,
      scheduleSpeed: 60,
      ignore: ['A', 'B'],
    });
  });

  it('runs no app with --empty, and refuses the options of one', () => {
    expect(read('--empty --regions us-east-1,us-east-2')).toMatchObject({
      empty: true,
      watch: false,
    });
    expect(() => read('--empty --app a')).toThrow('--empty runs no app: leave out --app');
  });

  it.each(['--once', '--no-watch'])('watches no source file with %s', (line) => {
    expect(read(line)?.watch).toBe(false);
  });

  it('lets several ports be any free one', () => {
    expect(read('--primary-port 0 --secondary-port 0')?.httpPorts).toEqual([0, 0]);
  });

  it.each([
    ['--port 5000', [5000, 5100], [5032, 5132]],
    ['--port 0', [0, 0], [0, 0]],
    ['--port 5000 --secondary-dsql-port 9', [5000, 5100], [5032, 9]],
    ['--port 0 --primary-port 9', [9, 0], [0, 0]],
    ['--port 4100', [4100, 4200], [4132, 4232]],
  ])('moves all four ports with %s', (line, httpPorts, dsqlPorts) => {
    expect(read(line)).toMatchObject({ httpPorts, dsqlPorts });
  });

  it.each([
    ['--nonsense', "Unknown option '--nonsense'"],
    ['extra', "Unexpected argument 'extra'"],
    ['--primary-port', 'argument missing'],
    ['--primary-port 65536', '--primary-port 65536: give a number from 0 to 65535'],
    ['--primary-port 1.5', '--primary-port 1.5: give a whole number'],
    ['--primary-port -1', ''],
    ['--secondary-port 4100', 'port 4100 is given twice'],
    ['--schedule-speed 0', '--schedule-speed 0: give a number'],
    ['--schedule-speed fast', '--schedule-speed fast: give a number'],
    ['--port', 'argument missing'],
    ['--port 65404', '--port 65404: give a number from 0 to 65403'],
    ['--port 41.5', '--port 41.5: give a whole number'],
    ['--port 5000 --primary-port 5100', 'port 5100 is given twice'],
    ['--port 5900', 'fetch and browsers refuse port 6000 for HTTP: choose another'],
    ['--primary-port 10080', 'fetch and browsers refuse port 10080 for HTTP: choose another'],
    ['--witness', 'argument missing'],
    ['--witness ohio', '--witness ohio: give a Region, such as us-east-2'],
    [
      '--regions us-east-1,us-west-2 --witness us-west-2',
      '--witness us-west-2: give a Region that is not one of the two',
    ],
    ['--regions us-east-1', '--regions us-east-1: give two different Regions'],
    ['--regions us-east-1,us-east-1', 'give two different Regions'],
    ['--regions us-east-1,ohio', 'ohio is no Region; give two different Regions, such as'],
    ['--regions us-east-1,us-west-2,us-east-2', 'give two different Regions'],
  ])('refuses %s in one line', (line, reason) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(reason);
    expect(() => read(line)).toThrow(/^[^\n]*$/);
  });

  it('lists every option in its help', () => {
    expect(read('--help')).toBeUndefined();
    expect(localHelp.match(/--[a-z-]+/g)).toEqual(
      expect.arrayContaining([
        ...['--port', '--witness', '--no-watch', '--once', '--app'],
        '--check',
        '--regions',
        '--data',
        '--ignore',
      ]),
    );
  });

  it.each(['--data', '--app', '--check'])(
    'refuses an empty %s, as an unset variable makes it',
    (name) => {
      expect(() => localOptions([name, ''])).toThrow(/is empty: give a value or leave it out/);
    },
  );
});
