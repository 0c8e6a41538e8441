import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasLivingOwner,
  readTrusted,
  replacePrivateFile,
  temporaryParent,
} from 'antipode-local-dsql/folders';
import type { RunFolder } from 'antipode-local-dsql/runs';

/** The description that a running stack keeps in its run folder, for other commands to find. */
export type StackDescription = {
  /** Folder of the project. */
  readonly directory: string;
  /** Names of the functions by Region, once the stack is up. */
  readonly functions?: Readonly<Record<string, readonly string[]>>;
};

/** A stack that runs, or whose logs have been kept. */
export type FoundStack = StackDescription & {
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
};

/** The file in the run folder that holds the description. */
export const descriptionFile = 'stack.json';

/** Folder of the functions' log files, in the run folder. */
export const logsFolder = 'logs';

/** Says that a stack runs here; again when more is known about it. */
export const describeStack = (folder: Pick<RunFolder, 'path'>, stack: StackDescription): void =>
  replacePrivateFile(join(folder.path, descriptionFile), JSON.stringify(stack));

const readFolder = (folder: string): FoundStack | undefined => {
  try {
    const stack = JSON.parse(readTrusted(join(folder, descriptionFile))) as StackDescription;
    return { ...stack, folder, startedAt: statSync(folder).birthtimeMs };
  } catch {
    // It is no folder of a stack, or the stack ends at this moment.
    return undefined;
  }
};

/** The description of a stack that runs. */
export const readStack = (folder: string): FoundStack | undefined =>
  hasLivingOwner(folder) ? readFolder(folder) : undefined;

const foldersIn = (parent: string, prefix: string): readonly string[] => {
  try {
    const names = readdirSync(parent).filter((name) => name.startsWith(prefix));
    return names.map((name) => join(parent, name));
  } catch {
    return [];
  }
};

/**
 * Run folders of a project, wherever `createRunFolder` puts them, and of others that share the
 * temporary folder.
 */
const runFolders = (directory: string): readonly string[] => [
  ...foldersIn(join(directory, '.antipode'), 'run-'),
  ...foldersIn(temporaryParent(), 'antipode-run-'),
];

/**
 * The stacks of a project, the last started first: those that run, and those whose run has left its
 * logs.
 */
export const stacksOf = (
  directory: string,
): { readonly running: readonly FoundStack[]; readonly ended: readonly FoundStack[] } => {
  const found = runFolders(directory)
    .flatMap((folder) => readFolder(folder) ?? [])
    .filter((stack) => stack.directory === directory)
    .toSorted((one, other) => other.startedAt - one.startedAt);
  const { running = [], ended = [] } = Object.groupBy(found, ({ folder }) =>
    hasLivingOwner(folder) ? 'running' : 'ended',
  );
  return { running, ended };
};
