import { realpathSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createOwnedFolder, leftFolders, removeLeftFolder } from './owned-folder.ts';
import { isOwn, isShared, replaceableAt } from './private-folder.ts';
import { reasonOf } from './system-error.ts';

/**
 * The system's temporary folder, without links.
 *
 * @throws {Error} with one line when there is none.
 */
export const temporaryParent = (): string => {
  const none = `There is no temporary folder ${tmpdir()}: set TMPDIR to a folder of your own.`;
  let parent: string;
  try {
    parent = realpathSync(tmpdir());
  } catch (cause) {
    throw new Error(none, { cause });
  }
  if (!statSync(parent).isDirectory()) throw new Error(none);
  return parent;
};

/**
 * Names of temporary folders that can be removed when their process has ended. The folders of a
 * PostgreSQL have another name, because its server may still run.
 */
const plainNames = ['antipode-run-', 'antipode-stack-', 'antipode-restored-'] as const;

/**
 * Makes a folder in the system's temporary folder that no other user can read, enter or replace,
 * and removes what earlier processes have left there that were killed.
 *
 * @param name the beginning of its name
 * @throws {Error} with one line when it cannot be written, or other users may replace what lies in
 * it.
 */
export const createTemporaryFolder = (name: string): string => {
  const parent = temporaryParent();
  const folder = statSync(parent);
  if (replaceableAt(tmpdir()) !== undefined || isShared(folder) || !isOwn(folder)) {
    throw new Error(
      `Other users can replace files in the temporary folder ${parent}: set TMPDIR to a folder of your own.`,
    );
  }
  try {
    for (const left of plainNames.flatMap((one) => leftFolders(parent, one))) {
      removeLeftFolder(left);
    }
    return createOwnedFolder(parent, name);
  } catch (cause) {
    throw new Error(
      `Cannot write to the temporary folder ${parent}: ${reasonOf(cause)}: set TMPDIR to another folder.`,
      { cause },
    );
  }
};
