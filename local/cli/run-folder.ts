import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  createPrivateFile,
  createTemporaryFolder,
  isOwn,
  isShared,
  replaceableAt,
} from '../private-folder.ts';

/**
 * A folder of this run alone, which no other user can read: below the project's `.antipode`, or a temporary one where other users
 * can write to the project's folder.
 */
export interface RunFolder {
  readonly path: string;
  readonly write: (file: string, content: string) => string;
  readonly remove: () => void;
}

/** Before the number of the process and a random text. */
const prefix = 'run-';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of someone else may not be signalled, but it is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** What a run left that was killed before it could clean up. */
const removeLeftovers = (parent: string): void => {
  for (const name of readdirSync(parent)) {
    const pid = Number(/^run-(\d+)(?:-|$)/.exec(name)?.[1]);
    if (pid !== process.pid && Number.isInteger(pid) && !isAlive(pid)) {
      rmSync(join(parent, name), { recursive: true, force: true });
    }
  }
};

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

const createInProject = (directory: string): string => {
  try {
    const parent = createParent(directory);
    removeLeftovers(parent);
    return mkdtempSync(join(parent, `${prefix}${process.pid}-`));
  } catch (cause) {
    const parent = join(directory, '.antipode');
    throw new Error(
      `cannot write to ${parent}: change its rights, remove it, or start in another folder`,
      { cause },
    );
  }
};

/** Whether other users could put another `.antipode` in the place of ours. */
export const isSharedProject = (directory: string): boolean =>
  isShared(statSync(directory)) || replaceableAt(directory) !== undefined;

/**
 * Creates the folder of this run.
 *
 * @throws {Error} with one line when the project's folder cannot be written, or its `.antipode` is not this user's.
 */
export const createRunFolder = (directory: string): RunFolder => {
  const path = isSharedProject(directory)
    ? createTemporaryFolder('antipode-run-')
    : createInProject(directory);
  return {
    path,
    write: (file, content) => {
      // Some of it are keys.
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
