import { relative } from 'node:path';

/**
 * A path as a person reads it: relative to the folder that the command was started in, where it
 * lies there.
 */
export const shownPath = (directory: string, path: string): string => {
  const inDirectory = relative(directory, path);
  return inDirectory.startsWith('..') ? path : inDirectory;
};
