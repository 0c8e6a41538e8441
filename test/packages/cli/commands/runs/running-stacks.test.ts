import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import {
  describeStack,
  readStack,
  stacksOf,
} from '../../../../../packages/cli/src/commands/runs/running-stacks.ts';
import {
  ownIdentity,
  type ProcessIdentity,
} from '../../../../../packages/local-dsql/src/folders/process-identity.ts';

const project = (): string => {
  const directory = mkdtempSync(join(tmpdir(), 'antipode-stacks-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
};

const runFolder = (
  directory: string,
  name: string,
  owner: Partial<ProcessIdentity> = {},
): string => {
  const path = join(directory, '.antipode', name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'owner.json'), JSON.stringify({ ...ownIdentity(), ...owner }), {
    mode: 0o600,
  });
  return path;
};

const foldersOf = (directory: string) => {
  const { running, ended } = stacksOf(directory);
  return {
    running: running.map(({ folder }) => folder),
    ended: ended.map(({ folder }) => folder),
  };
};

it('finds the stacks that run for a project, the last started first', async () => {
  const directory = project();
  const folders: string[] = [];
  for (const name of ['run-1-b', 'run-2-a', 'run-3-c']) {
    const path = runFolder(directory, name);
    describeStack({ path }, { directory });
    folders.unshift(path);
    // A file system's clock may tick every 10 ms only. Folders of one tick have no order.
    await delay(30);
  }
  expect(foldersOf(directory)).toEqual({ running: folders, ended: [] });
});

it.each([
  ['has ended, and another process has its number', { startedAt: '1' }],
  ['has ended', { pid: 999_999_999 }],
  ['cannot be judged, as it ran in another container', { place: 'elsewhere' }],
])('takes no stack for running that %s', (_, owner) => {
  const directory = project();
  const path = runFolder(directory, 'run-1-a', owner);
  describeStack({ path }, { directory });
  expect(foldersOf(directory)).toEqual({ running: [], ended: [path] });
  expect(readStack(path)).toBeUndefined();
});

it('finds no stack of another project and no other run', () => {
  const directory = project();
  describeStack({ path: runFolder(directory, 'run-2-a') }, { directory: project() });
  writeFileSync(join(runFolder(directory, 'run-3-a'), 'stack.json'), '{');
  runFolder(directory, 'run-4-a');
  expect(foldersOf(directory)).toEqual({ running: [], ended: [] });
  expect(foldersOf(project())).toEqual({ running: [], ended: [] });
});

it('reads the last description that a stack has written', () => {
  const directory = project();
  const path = runFolder(directory, 'run-1-a');
  describeStack({ path }, { directory });
  describeStack({ path }, { directory, functions: { 'us-east-1': ['orders'] } });
  expect(readStack(path)).toMatchObject({ folder: path, functions: { 'us-east-1': ['orders'] } });
});
