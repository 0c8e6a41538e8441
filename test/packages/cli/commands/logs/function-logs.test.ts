import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openLogs } from './logs-support.ts';

const text = (file: string): string => readFileSync(file, 'utf8');

describe('function logs', () => {
  it('keep each function of each Region in a file that only its user can read', async () => {
    const { path, logs, write } = openLogs();
    expect(logs.isEmpty()).toBe(true);
    write('one');
    write('two\nlines');
    write('three', 'orders', 'us-west-2');
    await logs.close();
    expect(logs.isEmpty()).toBe(false);
    expect(text(join(path, 'us-east-1/orders.log'))).toBe('one\ntwo\nlines\n');
    expect(text(join(path, 'us-west-2/orders.log'))).toBe('three\n');
    expect(statSync(join(path, 'us-east-1/orders.log')).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, 'us-east-1')).mode & 0o777).toBe(0o700);
  });

  it('say at which line of which file a line is', async () => {
    const { path, logs, write } = openLogs();
    const file = join(path, 'us-east-1/orders.log');
    expect(write('one\nmore')).toEqual({ file, lineNumber: 1 });
    expect(write('two')).toEqual({ file, lineNumber: 3 });
    await logs.close();
    expect(text(file).split('\n')[2]).toBe('two');
  });

  it('keep two files of a function, of which the older goes', async () => {
    const { path, logs, write } = openLogs({ bytesMax: 100 });
    const positions = Array.from({ length: 100 }, (_, n) => write(`line ${n}`.padEnd(19, '.')));
    await logs.close();
    const folder = join(path, 'us-east-1');
    expect(readdirSync(folder)).toEqual(['orders.1.log', 'orders.log']);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).size).toBe(100);
    expect(text(join(folder, 'orders.log'))).toMatch(/^line 95\.[\s\S]*line 99\.+\n$/);
    expect(positions.at(-1)?.lineNumber).toBe(5);
  });

  it('take a line that is larger than a file', async () => {
    const { path, logs, write } = openLogs({ bytesMax: 100 });
    write('x'.repeat(200));
    write('y');
    await logs.close();
    expect(text(join(path, 'us-east-1/orders.1.log'))).toHaveLength(201);
    expect(text(join(path, 'us-east-1/orders.log'))).toBe('y\n');
  });

  it('say how many lines a slow disk has cost', async () => {
    const { path, logs, write } = openLogs({ waitingBytesMax: 100 });
    for (let n = 0; n < 20; n += 1) write(`line ${n}`.padEnd(19, '.'));
    await logs.close();
    write('later');
    await logs.close();
    const lines = text(join(path, 'us-east-1/orders.log')).trim().split('\n');
    expect(lines.slice(-2)).toEqual(['(15 lines are missing here: the disk is too slow)', 'later']);
    expect(lines).toHaveLength(7);
  });

  it('say once that the disk is full, and go on', async () => {
    const { path, logs, problems, write } = openLogs();
    for (const name of ['orders', 'stock']) {
      mkdirSync(join(path, 'us-east-1'), { recursive: true });
      symlinkSync('/dev/full', join(path, `us-east-1/${name}.log`));
      write('one', name);
      write('two', name);
    }
    await logs.close();
    write('three');
    write('other', 'others');
    await logs.close();
    expect(problems).toEqual([
      `cannot write the logs of functions to ${path}: no space is left on its disk: lines are lost until this is fixed`,
    ]);
    expect(text(join(path, 'us-east-1/others.log'))).toBe('other\n');
  });

  it('mark once where lines are missing, and number none after them in that file', async () => {
    const { path, logs, write } = openLogs({ bytesMax: 100 });
    const file = join(path, 'us-east-1/orders.log');
    mkdirSync(join(path, 'us-east-1'), { recursive: true });
    symlinkSync('/dev/full', file);
    expect(write('one').lineNumber).toBe(1);
    await logs.close();
    rmSync(file);
    expect(write('two').lineNumber).toBeUndefined();
    await logs.close();
    write('three');
    await logs.close();
    const gap = '\n(lines are missing here: the disk could not be written)\n';
    expect(text(file)).toBe(`${gap}two\nthree\n`);
    expect(write('x'.repeat(90))).toEqual({ file, lineNumber: 1 });
    expect(write('y')).toEqual({ file, lineNumber: 2 });
  });

  it('begin a new file also where a person has removed the full one', async () => {
    const { path, logs, problems, write } = openLogs({ bytesMax: 100 });
    const file = join(path, 'us-east-1/orders.log');
    write('x'.repeat(90));
    await logs.close();
    rmSync(file);
    write('y'.repeat(90));
    await logs.close();
    expect(problems).toEqual([]);
    expect(text(file)).toBe(`${'y'.repeat(90)}\n`);
  });

  it('say once that a person has removed their folder', async () => {
    const { path, logs, problems, write } = openLogs();
    write('one');
    await logs.close();
    rmSync(path, { recursive: true });
    write('two');
    write('three');
    await logs.close();
    expect(problems).toEqual([
      expect.stringContaining('it does not exist, and cannot be made there'),
    ]);
  });

  it('stay in their folder, whatever a function is called', async () => {
    const { path, logs, write } = openLogs();
    write('one', '../../orders', '..');
    await logs.close();
    expect(readdirSync(join(path, '..'))).toEqual(['logs']);
    expect(readdirSync(join(path, '_'))).toEqual(['..%2F..%2Forders.log']);
  });
});
