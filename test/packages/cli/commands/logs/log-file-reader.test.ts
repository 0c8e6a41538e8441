import { appendFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { openLogFile } from '../../../../../packages/cli/src/commands/logs/log-file-reader.ts';
import { openLogs } from './logs-support.ts';

/** Runs when the reader next looks which file has the name. */
let meanwhile = (): void => undefined;

vi.mock(import('node:fs'), async (original) => {
  const real = await original();
  const statSync = (...args: Parameters<typeof real.statSync>) => {
    meanwhile();
    return real.statSync(...args);
  };
  return { ...real, statSync: statSync as typeof real.statSync };
});

describe('openLogFile', () => {
  it('reads the last lines, then each new one, also those before and after a new file began', async () => {
    const { path, logs, write } = openLogs({ bytesMax: 60 });
    for (const line of ['one', 'two', 'three']) write(line);
    await logs.close();
    const reader = openLogFile(join(path, 'us-east-1/orders.log'), 2);
    onTestFinished(reader.close);
    expect(reader.read()).toEqual(['two', 'three']);
    expect(reader.read()).toEqual([]);
    write('four');
    write('x'.repeat(50));
    await logs.close();
    expect(reader.read()).toEqual(['four', 'x'.repeat(50)]);
    write('five');
    await logs.close();
    expect(reader.read()).toEqual(['five']);
  });

  it('reads lines that are written between its look into a file and the end of that file', async () => {
    const { path, logs, write } = openLogs();
    write('one');
    await logs.close();
    const file = join(path, 'us-east-1/orders.log');
    const reader = openLogFile(file);
    onTestFinished(reader.close);
    meanwhile = () => {
      meanwhile = () => undefined;
      appendFileSync(file, 'two\n');
      renameSync(file, `${file}.1`);
      appendFileSync(file, 'three\n');
    };
    expect(reader.read()).toEqual(['one', 'two', 'three']);
  });

  it('reads the end of a file that has been removed', async () => {
    const { path, logs, write } = openLogs();
    write('one');
    await logs.close();
    const reader = openLogFile(join(path, 'us-east-1/orders.log'));
    onTestFinished(reader.close);
    rmSync(path, { recursive: true });
    expect(reader.read()).toEqual(['one']);
  });

  it('begins with a whole line in a file that is longer than what it looks at', async () => {
    const { path, logs, write } = openLogs();
    for (let n = 0; n < 30; n += 1) write(`${n} ${'é'.repeat(10_000)}`);
    await logs.close();
    const reader = openLogFile(join(path, 'us-east-1/orders.log'), 20);
    onTestFinished(reader.close);
    const lines = reader.read();
    expect(lines.length).toBeGreaterThan(5);
    expect(lines.every((line) => /^\d+ é+$/.test(line))).toBe(true);
  });
});
