import {
  closeSync,
  existsSync,
  fchmodSync,
  mkdirSync,
  openSync,
  readdirSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { isOwn, readTrusted } from './private-folder.ts';
import { reasonOf } from './system-error.ts';

/**
 * The kind of data that a folder keeps: a whole stack of `antipode local`, or one PostgreSQL, which
 * is also a part of a stack.
 */
export type DataKind = 'stack' | 'postgres';

/** The file that marks a folder as a data folder, so that no other folder is used as one. */
const markerFile = 'antipode-data.json';

/** The command that makes such a folder. */
const makers: Readonly<Record<DataKind, string>> = {
  stack: 'antipode local',
  postgres: 'antipode local dsql',
};

/** Names that are shown of a folder's content. */
const namesMax = 3;

/** @throws {Error} with one line that names the folder and why it cannot be written. */
export const unwritable = (folder: string, cause: unknown): Error => {
  const { code } = cause as NodeJS.ErrnoException;
  const remedies: Readonly<Record<string, string>> = {
    ENOSPC: 'make room there, or choose another',
    EDQUOT: 'make room there, or choose another',
    ENOTDIR: 'choose another',
  };
  const remedy = remedies[code ?? ''] ?? 'choose another, or change its rights';
  return new Error(`Cannot write to the data folder ${folder}: ${reasonOf(cause)}: ${remedy}.`, {
    cause,
  });
};

/**
 * Makes a folder and those above it, one by one. Node's recursive call never returns where only the
 * system makes folders, such as below `/proc`.
 */
const createParents = (folder: string): void => {
  if (existsSync(folder)) return;
  createParents(dirname(folder));
  try {
    // The umask may let others write, and such a folder would be refused.
    mkdirSync(folder, { mode: 0o755 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
};

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/**
 * Makes a data folder where there is none yet, and those above it.
 *
 * @param path absolute
 * @throws {Error} with one line when it cannot be made, or is no folder.
 */
export const createDataFolder = (path: string, mode: number): void => {
  try {
    createParents(dirname(path));
    if (!existsSync(path)) mkdirSync(path, { mode });
  } catch (cause) {
    // Another start may have made it meanwhile.
    if (!isFolder(path)) throw unwritable(path, cause);
  }
  if (isFolder(path)) return;
  throw new Error(`Cannot write to the data folder ${path}: it is no folder: choose another.`);
};

const kindIn = (folder: string, uid: number): DataKind | undefined => {
  try {
    const text = readTrusted(join(folder, markerFile), (file) => isOwn(file) || file.uid === uid);
    const { keeps } = JSON.parse(text) as { readonly keeps?: DataKind };
    return keeps !== undefined && Object.hasOwn(makers, keeps) ? keeps : undefined;
  } catch {
    return undefined;
  }
};

/** The owner of the folder may read the mark, although root has written it: it holds no secret. */
const mark = (folder: string, kind: DataKind): void => {
  try {
    const file = openSync(join(folder, markerFile), 'wx', 0o644);
    try {
      fchmodSync(file, 0o644);
      writeSync(file, `${JSON.stringify({ keeps: kind })}\n`);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    // Another start may mark it at the same time.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(folder, cause);
  }
};

/** Some of the names in a folder, so that the person recognises it. */
const contentOf = (names: readonly string[]): string =>
  names.length > namesMax ? `${names.slice(0, namesMax).join(', ')}, …` : names.join(', ');

/**
 * Takes a folder that is empty, or that holds data of the same kind already, and marks it.
 *
 * @param isOlder whether a folder without a mark holds data of an older version, which set no mark
 * @throws {Error} with one line that names the folder and what to do, before anything about it is
 * changed.
 */
export const claimDataFolder = (
  folder: string,
  kind: DataKind,
  isOlder: (names: readonly string[]) => boolean,
): void => {
  const found = kindIn(folder, statSync(folder).uid);
  if (found === kind) return;
  if (found !== undefined) {
    throw new Error(
      `The data folder ${folder} is one of ${makers[found]}, not of ${makers[kind]}: choose another.`,
    );
  }
  const names = readdirSync(folder)
    .filter((name) => name !== markerFile)
    .sort();
  if (names.length > 0 && !isOlder(names)) {
    throw new Error(
      `The data folder ${folder} holds other files (${contentOf(names)}): choose an empty or a new one.`,
    );
  }
  mark(folder, kind);
};
