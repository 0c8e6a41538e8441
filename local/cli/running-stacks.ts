import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readTrusted, replacePrivateFile } from '../private-folder.ts';
import { temporaryParent } from '../temporary-folder.ts';
import type { RunFolder } from './run-folder.ts';

/** What a running stack says about itself in its run folder, for other commands to find. */
export type StackDescription = {
  /** Process that runs it. */
  readonly pid: number;
  /** Folder of the project. */
  readonly directory: string;
  /** Names of the functions by Region, once the stack is up. */
  readonly functions?: Readonly<Record<string, readonly string[]>>;
};

export type RunningStack = StackDescription & {
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
};

const fileName = 'stack.json';

/** Folder of the functions' log files, in the run folder. */
export const logsFolder = 'logs';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of someone else may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Says that a stack runs here; again when more is known about it. */
export const describeStack = (folder: Pick<RunFolder, 'path'>, stack: StackDescription): void =>
  replacePrivateFile(join(folder.path, fileName), JSON.stringify(stack));

/** What a stack says about itself, while it runs. */
export const readStack = (folder: string): RunningStack | undefined => {
  try {
    const stack = JSON.parse(readTrusted(join(folder, fileName))) as StackDescription;
    const { birthtimeMs: startedAt } = statSync(folder);
    return isAlive(stack.pid) ? { ...stack, folder, startedAt } : undefined;
  } catch {
    // It is no folder of a stack, or the stack ends at this moment.
    return undefined;
  }
};

const foldersIn = (parent: string, prefix: string): readonly string[] => {
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(prefix));
    return names.map((name) => join(parent, name));
  } catch {
    return [];
  }
};

/** Run folders of a project, wherever `createRunFolder` puts them; some are left of runs that have ended. */
export const runFolders = (directory: string): readonly string[] => [
  ...foldersIn(join(directory, '.antipode'), 'run-'),
  ...foldersIn(temporaryParent(), 'antipode-run-'),
];

/** The stacks that run for a project, the last started first. */
export const runningStacks = (directory: string): readonly RunningStack[] =>
  runFolders(directory)
    .flatMap((folder) => readStack(folder) ?? [])
    .filter((stack) => stack.directory === directory)
    .toSorted((one, other) => other.startedAt - one.startedAt);
