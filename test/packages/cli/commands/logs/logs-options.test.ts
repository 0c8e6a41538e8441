import { describe, expect, it } from 'vitest';
import {
  asksForLogs,
  logsOptions,
} from '../../../../../packages/cli/src/commands/logs/logs-options.ts';
import { localHelp } from '../../../../../packages/cli/src/options.ts';
import { UsageError } from '../../../../../packages/local-dsql/src/process/command-options.ts';

const read = (line: string) => logsOptions(line.split(' '));

describe('logsOptions', () => {
  it.each([
    ['--logs', {}],
    ['--logs orders', { functionName: 'orders' }],
    ['--logs=orders', { functionName: 'orders' }],
    ['orders --logs', { functionName: 'orders' }],
    ['--logs --help', undefined],
    ['-h --logs', undefined],
  ])('reads %s', (line, options) => {
    expect(asksForLogs(line.split(' '))).toBe(true);
    expect(read(line)).toEqual(options);
  });

  it.each([
    ['--logs --once', 'leave out --once, or --logs'],
    ['--logs --data x', 'leave out --data, or --logs'],
    ['--logs --nonsense', 'leave out --nonsense, or --logs'],
    ['--logs one two', '--logs takes one function, or none for all'],
    ['--logs=', '--logs is followed by an empty name'],
  ])('refuses %s in one line', (line, reason) => {
    expect(() => read(line)).toThrow(UsageError);
    expect(() => read(line)).toThrow(reason);
    expect(() => read(line)).toThrow(/^[^\n]*$/);
  });

  it('is not asked for by other arguments', () => {
    expect(asksForLogs(['--once', 'logs', '--log', '--logsize'])).toBe(false);
  });

  it('is in the help', () => {
    expect(localHelp).toContain('antipode local --logs [FUNCTION]');
  });
});
