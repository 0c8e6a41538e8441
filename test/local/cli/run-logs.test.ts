import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createRunFolder } from '../../../local/cli/run-folder.ts';
import { openRunLogs } from '../../../local/cli/run-logs.ts';

/** A run in a project's folder, and what its terminal shows. */
const openRun = (environment: Readonly<Record<string, string>> = {}) => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-run-logs-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const folder = createRunFolder(directory);
  const printed: string[] = [];
  const print = (line: string) => void printed.push(line);
  const logs = openRunLogs(folder, { directory, environment, print, warn: print });
  return { logs, printed };
};

describe('the logs of a run', () => {
  it.each([
    ['npm start -- --logs [FUNCTION]', { npm_lifecycle_event: 'start' }],
    ['antipode local --logs [FUNCTION]', {}],
    ['antipode local --logs [FUNCTION]', { npm_lifecycle_event: 'npx' }],
  ])('are followed by %s where the stack was started so', (command, environment) => {
    const { logs, printed } = openRun(environment);
    logs.announce({ regions: [] });
    expect(printed.at(-1)).toBe(`To follow it in another terminal: ${command}`);
  });
});
