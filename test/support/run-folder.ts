import { rmSync } from 'node:fs';
import {
  createOwnedFolder,
  leftFolders,
  removeLeftFolder,
} from '../../packages/local-dsql/src/folders/owned-folder.ts';

/**
 * Makes a folder for this run of the tests, and removes those of the same name that killed runs
 * have left.
 */
export const createRunFolder = (parent: string, name: string): string => {
  leftFolders(parent, name).forEach(removeLeftFolder);
  return createOwnedFolder(parent, name);
};

/** Removes the folder of a run; a program that a test has ended may write to it for a moment. */
export const removeRunFolder = (path: string): void => {
  rmSync(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
};
