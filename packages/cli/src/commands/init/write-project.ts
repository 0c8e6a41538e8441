import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  rmdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { ProjectFiles } from './project-files.ts';

/** The folders that a path lies in, the outermost first, the path itself left out. */
const foldersAbove = (path: string): readonly string[] => {
  const above = dirname(path);
  return above === path ? [] : [...foldersAbove(above), above];
};

const isFolder = (path: string): boolean | undefined =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory();

/** The part of a path that is something else than the project needs. */
const inTheWay = (path: string): string | undefined =>
  foldersAbove(path).find((folder) => isFolder(folder) === false) ??
  (lstatSync(path, { throwIfNoEntry: false }) && path);

/** Writes a new file; `created` is told once it is there, also if it cannot be written whole. */
const writeNew = (path: string, content: string | Uint8Array, created: () => void): void => {
  const file = openSync(path, 'wx');
  created();
  try {
    writeFileSync(file, content);
  } finally {
    closeSync(file);
  }
};

/** Takes each step back; a folder stays if somebody else has put something there meanwhile. */
const takeBack = (steps: readonly (() => void)[]): void => {
  for (const step of steps.toReversed()) {
    try {
      step();
    } catch {
      // The error that made this necessary is the one to show.
    }
  }
};

/**
 * Writes all files of a project, or none.
 *
 * @throws {Error} of one line that names the files in the way; or as the file system does, after it
 * has removed what was written
 */
export const writeProject = (folder: string, files: ProjectFiles): void => {
  const contents = [...files].map(([path, content]) => [join(folder, path), content] as const);
  const blocking = new Set(contents.flatMap(([path]) => inTheWay(path) ?? []));
  if (blocking.size > 0) {
    const shown = [...blocking].map((path) => relative(folder, path) || path).join(', ');
    throw new Error(`init: in the way: ${shown}. Nothing was written: give an empty folder`);
  }
  const undo: (() => void)[] = [];
  try {
    for (const [path, content] of contents) {
      for (const one of foldersAbove(path).filter((above) => !isFolder(above))) {
        mkdirSync(one);
        undo.push(() => rmdirSync(one));
      }
      writeNew(path, content, () => undo.push(() => unlinkSync(path)));
    }
  } catch (error) {
    takeBack(undo);
    throw error;
  }
};
