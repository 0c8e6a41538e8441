import { lstatSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { createOwnedFolder, leftFolders, removeLeftFolder } from '../folders/owned-folder.ts';
import { createPrivateFile, isOwn, isShared, replaceableAt } from '../folders/private-folder.ts';
import { reasonOf } from '../folders/system-error.ts';
import { createTemporaryFolder } from '../folders/temporary-folder.ts';

/**
 * A folder of this run alone, which no other user can read: below the project's `.antipode`, or a
 * temporary one where other users can write to the project's folder.
 */
export interface RunFolder {
  readonly path: string;
  readonly write: (file: string, content: string) => string;
  readonly remove: () => void;
}

/** Before the number of the process and a random text. */
const prefix = 'run-';

/** The project's own folder for runs; a link, or a folder of a third user, is not trusted. */
export const createParent = (directory: string): string => {
  const parent = join(directory, '.antipode');
  try {
    mkdirSync(parent, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const found = lstatSync(parent);
  const trusted = isOwn(found) || found.uid === statSync(directory).uid;
  if (!found.isDirectory() || !trusted || isShared(found)) {
    throw new Error('it is no folder of this user alone');
  }
  return parent;
};

const unwritable = (parent: string, cause: unknown): Error => {
  const { code } = cause as NodeJS.ErrnoException;
  const remedy =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'make room there, or start in another folder'
      : 'change its rights, remove it, or start in another folder';
  return new Error(`cannot write to ${parent}: ${reasonOf(cause)}: ${remedy}`, { cause });
};

const createInProject = (directory: string): string => {
  try {
    const parent = createParent(directory);
    for (const left of leftFolders(parent, prefix)) removeLeftFolder(left);
    return createOwnedFolder(parent, prefix);
  } catch (cause) {
    throw unwritable(join(directory, '.antipode'), cause);
  }
};

/** Whether other users could put another `.antipode` in the place of ours. */
export const isSharedProject = (directory: string): boolean =>
  isShared(statSync(directory)) || replaceableAt(directory) !== undefined;

/**
 * Creates the folder of this run.
 *
 * @throws {Error} with one line when the project's folder cannot be written, or its `.antipode` is
 * not this user's.
 */
export const createRunFolder = (directory: string): RunFolder => {
  const path = isSharedProject(directory)
    ? createTemporaryFolder('antipode-run-')
    : createInProject(directory);
  return {
    path,
    write: (file, content) => {
      // Some of the files hold keys.
      createPrivateFile(join(path, file), content);
      return join(path, file);
    },
    remove: () => {
      rmSync(path, { recursive: true, force: true });
      try {
        rmdirSync(join(directory, '.antipode'));
      } catch {
        // Another run still has its folder there.
      }
    },
  };
};
