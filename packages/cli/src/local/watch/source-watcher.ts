import { createHash } from 'node:crypto';
import { type FSWatcher, readdirSync, readFileSync, statSync, watch } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';

export type SourceWatcherOptions = {
  /** Folders to leave out besides those that hold no sources: absolute paths. */
  readonly excluded: readonly string[];
  /**
   * Receives a path, relative to the folder, each time that a source file appears, changes or goes.
   */
  readonly onChange: (path: string) => void;
  /** Receives, once, the reason why the folder cannot be watched any longer. */
  readonly onError: (error: Error) => void;
};

export interface SourceWatcher {
  readonly stop: () => void;
}

/** Packages, and folders that tools write. A name with a dot in front is left out too. */
const foldersWithoutSources = new Set(['node_modules', 'cdk.out', 'dist', 'coverage']);

/** Files of code, and of data that code imports. Tests change no function. */
const source = /(?<!\.(?:test|spec))\.(?:[cm]?[jt]sx?|json|sql|py)$/;

/**
 * JSON files beside `cdk.json` that an app reads. Any other one may be an answer that a command has
 * written.
 */
const rootSettings = /^(?:cdk|cdk\.context|package|tsconfig[\w.-]*)\.json$/;

/** Whether a file, relative to the project's folder, may change what a function does. */
export const isSource = (path: string): boolean => {
  const name = basename(path);
  if (name.startsWith('.') || !source.test(name)) return false;
  return !name.endsWith('.json') || name !== path || rootSettings.test(name);
};

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** SHA-256 of a file; `undefined` where there is none that can be read. */
const digestOf = (path: string): string | undefined => {
  try {
    return createHash('sha256').update(readFileSync(path)).digest('hex');
  } catch {
    return undefined;
  }
};

/**
 * Watches the source files of a project.
 *
 * Each folder has a watch of its own: Node's recursive watch would go through `node_modules` file
 * by file. A file that is written while its new folder is being found counts as changed.
 */
export const watchSources = (root: string, options: SourceWatcherOptions): SourceWatcher => {
  const { excluded, onChange, onError } = options;
  const watchers = new Map<string, FSWatcher>();

  const stop = (): void => {
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };

  const fail = (error: Error): void => {
    stop();
    onError(error);
  };

  const isWatched = (folder: string): boolean => {
    const name = basename(folder);
    return !name.startsWith('.') && !foldersWithoutSources.has(name) && !excluded.includes(folder);
  };

  const contents = new Map<string, string | undefined>();

  const report = (path: string): void => {
    const inProject = relative(root, path);
    if (!isSource(inProject)) return;
    const content = digestOf(path);
    // A build is part of a synthesis and may write the same files each time. These must not cause
    // another synthesis.
    if (contents.has(path) && contents.get(path) === content) return;
    contents.set(path, content);
    onChange(inProject);
  };

  /** The watches of the folders in a folder that was moved away end, too. */
  const forget = (folder: string): void => {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(join(folder, sep))) continue;
      watcher.close();
      watchers.delete(path);
    }
  };

  /** @param isNew whether the files in the folder count as changed */
  const add = (folder: string, isNew: boolean): void => {
    if (watchers.has(folder)) return;
    const watcher = watch(folder, { persistent: false }, (event, name) => {
      if (name === null) return;
      const path = join(folder, name);
      // Another folder may have come in its place.
      if (event === 'rename') forget(path);
      if (!isFolder(path)) report(path);
      else if (isWatched(path)) add(path, true);
    });
    // A folder that was removed is an error on some systems.
    watcher.on('error', (error) => (isFolder(folder) ? fail(error) : forget(folder)));
    watchers.set(folder, watcher);
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory() && isWatched(path)) add(path, isNew);
      else if (isNew && entry.isFile()) report(path);
    }
  };

  try {
    add(root, false);
  } catch (error) {
    fail(error as Error);
  }
  return { stop };
};
