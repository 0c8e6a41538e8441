import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { describeStack, readStack, runningStacks } from '../../../local/cli/running-stacks.ts';

const project = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-stacks-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const runFolder = (directory: string, name: string): string => {
  const path = join(directory, '.antipode', name);
  mkdirSync(path, { recursive: true });
  return path;
};

const { pid } = process;

it('finds the stacks that run for a project, the last started first', async () => {
  const directory = project();
  const folders = [];
  for (const name of ['run-1-b', 'run-2-a', 'run-3-c']) {
    const path = runFolder(directory, name);
    describeStack({ path }, { pid, directory });
    folders.unshift(path);
    // Folders of one millisecond have no order.
    await delay(5);
  }
  expect(runningStacks(directory).map(({ folder }) => folder)).toEqual(folders);
});

it('finds no stack that has ended, no stack of another project and no other run', () => {
  const directory = project();
  const { pid: ended } = spawnSync(process.execPath, ['--version']);
  describeStack({ path: runFolder(directory, 'run-1-a') }, { pid: ended, directory });
  describeStack({ path: runFolder(directory, 'run-2-a') }, { pid, directory: project() });
  writeFileSync(join(runFolder(directory, 'run-3-a'), 'stack.json'), '{');
  runFolder(directory, 'run-4-a');
  expect(runningStacks(directory)).toEqual([]);
  expect(runningStacks(project())).toEqual([]);
});

it('reads what a stack says last about itself', () => {
  const directory = project();
  const path = runFolder(directory, 'run-1-a');
  describeStack({ path }, { pid, directory });
  describeStack({ path }, { pid, directory, functions: { 'us-east-1': ['orders'] } });
  expect(readStack(path)).toMatchObject({ folder: path, functions: { 'us-east-1': ['orders'] } });
});
