import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { replacePrivateFile } from '../folders/private-folder.ts';
import { UsageError } from '../process/command-options.ts';

/** The first line of each file that this command writes, by which it knows its own. */
const mark = '# Written by antipode-local-dsql at each start.\n';

const reasonOf = (error: unknown): string => (error as Error).message;

/** The file of `--write-env`. */
export type EnvFile = { readonly write: (lines: string) => void };

/**
 * Opens the file that `--write-env` names, from the folder of the command.
 *
 * @throws {UsageError} for a file that this command has not written: it may hold the only copy of
 * something
 */
export const openEnvFile = (directory: string, name: string): EnvFile => {
  const path = resolve(directory, name);
  const refuse = (reason: string, cause?: unknown): UsageError =>
    new UsageError(`--write-env ${name}: ${reason}`, { cause });
  try {
    if (!readFileSync(path, 'utf8').startsWith(mark)) {
      throw refuse('this file is not from this command: give another name, or remove it');
    }
  } catch (error) {
    if (error instanceof UsageError) throw error;
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw refuse(reasonOf(error), error);
  }
  return {
    write: (lines) => {
      try {
        replacePrivateFile(path, mark + lines);
      } catch (error) {
        throw refuse(reasonOf(error), error);
      }
    },
  };
};
