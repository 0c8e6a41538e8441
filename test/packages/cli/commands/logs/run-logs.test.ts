import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRunLogs } from '../../../../../packages/cli/src/commands/logs/run-logs.ts';
import { ownIdentity } from '../../../../../packages/local-dsql/src/folders/process-identity.ts';
import { createRunFolder } from '../../../../../packages/local-dsql/src/runs/run-folder.ts';

/** A run in a project's folder, and what its terminal shows. */
const openRun = (environment: Readonly<Record<string, string>> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-run-logs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const folder = createRunFolder(directory);
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const logs = openRunLogs(folder, { directory, environment, print, warn: print });
  const write = (line: string) => logs.write({ region: 'us-east-1', functionName: 'orders', line });
  /** The files that the run leaves in its folder, or in the project where that is gone. */
  const left = (): readonly string[] => {
    logs.removeFolder();
    return readdirSync(existsSync(folder.path) ? folder.path : directory).toSorted();
  };
  return { directory, folder, logs, printed, write, left };
};

describe('the logs of a run', () => {
  it.each([
    ['npm start -- --logs [FUNCTION]', { npm_lifecycle_event: 'start' }, true],
    ['node_modules/.bin/antipode local --logs [FUNCTION]', { npm_lifecycle_event: 'npx' }, true],
    ['antipode local --logs [FUNCTION]', {}, false],
  ])('are followed by %s, which a terminal of the project finds', (command, environment, own) => {
    const { directory, logs, printed } = openRun(environment);
    if (own) {
      mkdirSync(join(directory, 'node_modules/.bin'), { recursive: true });
      writeFileSync(join(directory, 'node_modules/.bin/antipode'), '');
    }
    logs.announce({ regions: [] });
    expect(printed.at(-1)).toBe(`To follow them in another terminal: ${command}`);
  });

  const problem = 'ERROR the glass is broken';
  const kept = ['logs', 'owner.json', 'stack.json'];

  it('stay after a problem, and say whose they are, but the keys go', async () => {
    const { folder, logs, printed, write, left } = openRun();
    folder.write('keys.pem', 'secret');
    write(problem);
    logs.end(false);
    await logs.close();
    expect(printed.at(-1)).toMatch(/^The logs of the functions stay until the next start: /);
    expect(left()).toEqual(kept);
  });

  it('stay after a failure, also where the process does not wait for them to be written', () => {
    const { logs, write, left } = openRun();
    write('INFO all is well');
    logs.end(true);
    expect(left()).toEqual(kept);
  });

  it('go when nothing was wrong, or nothing was written', async () => {
    const well = openRun();
    well.write('INFO all is well');
    well.logs.end(false);
    await well.logs.close();
    expect(well.left()).toEqual([]);
    const empty = openRun();
    empty.logs.end(true);
    expect(empty.left()).toEqual([]);
  });

  it('show no failure of a function that is ended with the stack', () => {
    const { logs, printed, write, left } = openRun();
    logs.end(false);
    write(problem);
    expect(printed).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('go at the next start, also where another process has their number', () => {
    const { directory, folder, write, left } = openRun();
    write(problem);
    expect(left()).toEqual(kept);
    writeFileSync(
      join(folder.path, 'owner.json'),
      JSON.stringify({ ...ownIdentity(), startedAt: '1' }),
    );
    const next = createRunFolder(directory);
    expect(existsSync(folder.path)).toBe(false);
    next.remove();
  });
});
