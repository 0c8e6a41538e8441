import { spawnSync } from 'node:child_process';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { createPrivateFile, ownUid, readTrusted } from './private-folder.ts';
import {
  hasEnded,
  isAlive,
  isRunning,
  ownIdentity,
  type ProcessIdentity,
} from './process-identity.ts';

/** The file that says which process a folder belongs to. */
export const ownerFile = 'owner.json';

/**
 * Makes a folder that belongs to this process: a later start removes it once this process has
 * ended.
 *
 * @param name the beginning of its name; the number of the process and a random text follow
 * @throws {Error} as the system does.
 */
export const createOwnedFolder = (parent: string, name: string): string => {
  const path = mkdtempSync(join(parent, `${name}${process.pid}-`));
  try {
    createPrivateFile(join(path, ownerFile), JSON.stringify(ownIdentity()));
  } catch (error) {
    rmSync(path, { recursive: true, force: true });
    throw error;
  }
  return path;
};

/** A folder whose process has ended without removing it. */
export type LeftFolder = { readonly path: string; readonly uid: number; readonly gid: number };

/**
 * Whether this user has written a file. The folder around it may belong to the user that runs
 * PostgreSQL.
 */
const isMine = ({ uid }: Pick<Stats, 'uid'>): boolean => ownUid === undefined || uid === ownUid;

const readOwner = (path: string): ProcessIdentity | undefined => {
  try {
    return JSON.parse(readTrusted(join(path, ownerFile), isMine)) as ProcessIdentity;
  } catch {
    return undefined;
  }
};

/**
 * Whether the process that owns a folder of this user still runs on this machine, or in this
 * container.
 */
export const hasLivingOwner = (path: string): boolean => {
  const owner = readOwner(path);
  return owner !== undefined && isAlive(owner);
};

const entriesOf = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    // Some temporary folders can be written, and not read; another start may remove one meanwhile.
    return [];
  }
};

/**
 * Whether PostgreSQL's user has emptied a folder. That user cannot remove it from a folder to which
 * only root writes.
 */
const isEmptied = (path: string): boolean => {
  const { uid, mode } = statSync(dirname(path));
  return ownUid === 0 && uid === 0 && (mode & 0o022) === 0 && entriesOf(path).length === 0;
};

/**
 * Whether a process has ended and has left files on purpose. It writes the owner file as soon as it
 * has made the folder, and removes that file then.
 */
const isGivenUp = (path: string): boolean => {
  const names = entriesOf(path);
  return names.length > 0 && !names.includes(ownerFile);
};

/**
 * The folder at a path, if it belongs to this user and its process has ended; `undefined`
 * otherwise. A start that was killed while it made the folder has left its number in the name only.
 * A process of another machine or container counts as running, because nothing here can tell.
 *
 * @param pid the number in its name
 */
export const leftFolder = (path: string, pid?: number): LeftFolder | undefined => {
  const folder = lstatSync(path, { throwIfNoEntry: false });
  if (!folder?.isDirectory()) return undefined;
  const owner = readOwner(path);
  const left = owner
    ? hasEnded(owner)
    : pid !== undefined &&
      (isRunning(pid) ? isMine(folder) && isGivenUp(path) : isMine(folder) || isEmptied(path));
  return left ? { path, uid: folder.uid, gid: folder.gid } : undefined;
};

/** The folders of a name that earlier processes of this user have left. */
export const leftFolders = (parent: string, name: string): readonly LeftFolder[] =>
  entriesOf(parent).flatMap((entry) => {
    const number = entry.startsWith(name) ? /^(\d+)(?:-|$)/.exec(entry.slice(name.length)) : null;
    return number ? (leftFolder(join(parent, entry), Number(number[1])) ?? []) : [];
  });

/** Removes a folder that was left; where that fails, a later start tries again. */
export const removeLeftFolder = ({ path, uid, gid }: LeftFolder): void => {
  try {
    if (ownUid === 0 && uid !== 0) {
      // The removal runs with the rights of the folder's user. As root it would follow a link that
      // this user puts there meanwhile.
      spawnSync('/bin/sh', ['-c', 'rm -rf "$1"', 'sh', path], { uid, gid, cwd: '/', env: {} });
      if (lstatSync(path, { throwIfNoEntry: false })) rmdirSync(path);
    } else {
      rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // A process may still write to it.
  }
};
