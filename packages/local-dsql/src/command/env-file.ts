import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { replacePrivateFile } from '../folders/private-folder.ts';
import { reasonOf } from '../folders/system-error.ts';
import { UsageError } from '../process/command-options.ts';
import { dsqlVariables } from '../runs/dsql-environment.ts';

/** The first line of each file that this command writes, by which it knows its own. */
const mark = '# Written by antipode-local-dsql at each start.\n';

const written: ReadonlySet<string> = new Set(dsqlVariables);

/** The name in a line that this command does not write. Its value may be a secret. */
const foreignLine = (text: string): string | undefined =>
  text
    .slice(mark.length)
    .split(/\r?\n/)
    .map((line) => line.split('=', 1)[0] ?? '')
    .find((name) => name.trim() !== '' && !written.has(name));

/** Why a file must not be replaced; `undefined` where it may. */
const inTheWay = (path: string): string | undefined => {
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) {
    return 'its folder does not exist: make it, or give another name';
  }
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  // To read a pipe would wait for its other end.
  if (!found.isFile()) return 'this is no plain file: give another name';
  const text = readFileSync(path, 'utf8');
  if (!text.startsWith(mark)) {
    return 'this file is not from this command: give another name, or remove it';
  }
  const foreign = foreignLine(text);
  return foreign === undefined
    ? undefined
    : `each start replaces this file, and ${foreign} in it is not from this command: move it to another file`;
};

/** The file of `--write-env`. */
export type EnvFile = { readonly write: (lines: string) => void };

/**
 * Opens the file that `--write-env` names, from the folder of the command.
 *
 * @throws {UsageError} for a file that this command has not written, or that has other lines too:
 * it may hold the only copy of something. Its `write` throws one too.
 */
export const openEnvFile = (directory: string, name: string): EnvFile => {
  const path = resolve(directory, name);
  const refuse = (reason: string, cause?: unknown): UsageError =>
    new UsageError(`--write-env ${name}: ${reason}`, { cause });
  const explained = <Result>(work: () => Result): Result => {
    try {
      return work();
    } catch (error) {
      throw refuse(reasonOf(error), error);
    }
  };
  const check = (): void => {
    const reason = explained(() => inTheWay(path));
    if (reason !== undefined) throw refuse(reason);
  };
  check();
  return {
    write: (lines) => {
      // The start took seconds, in which a person may have written to it.
      check();
      explained(() => replacePrivateFile(path, mark + lines));
    },
  };
};
