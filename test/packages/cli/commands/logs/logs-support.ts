import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createFunctionLogs } from '../../../../../packages/cli/src/commands/logs/function-logs.ts';

const temporaryFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'antipode-logs-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

/** The log files of a run, and a shorter way to write to them; removed at the end of the test. */
export const openLogs = (limits?: Parameters<typeof createFunctionLogs>[2]) => {
  const path = join(temporaryFolder(), 'logs');
  const problems: string[] = [];
  const logs = createFunctionLogs(path, (line) => problems.push(line), limits);
  const write = (line: string, functionName = 'orders', region = 'us-east-1') =>
    logs.write({ region, functionName, line });
  return { path, logs, problems, write };
};
