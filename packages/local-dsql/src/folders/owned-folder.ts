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

/** A folder that a process has left which cannot remove it any more. */
export type LeftFolder = { readonly path: string; readonly uid: number; readonly gid: number };

/**
 * The file was written by this user; the folder may have been given to the user that runs
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

/** Whether the process that a folder of this user belongs to runs in this place. */
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
 * A folder that PostgreSQL's user has emptied, and cannot take out of a folder that root alone
 * writes to.
 */
const isEmptied = (path: string): boolean => {
  const { uid, mode } = statSync(dirname(path));
  return ownUid === 0 && uid === 0 && (mode & 0o022) === 0 && entriesOf(path).length === 0;
};

/**
 * The process puts its name in at once, and takes it out when it ends and leaves something on
 * purpose.
 */
const isGivenUp = (path: string): boolean => {
  const names = entriesOf(path);
  return names.length > 0 && !names.includes(ownerFile);
};

/**
 * A folder of this user whose process has ended, if it is one; a start that was killed while it
 * made the folder has left the number in its name only. A process of another machine or container
 * that shares the folder cannot be judged, so it lives.
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
      // With the rights of its user: root would follow whatever that user puts in its way
      // meanwhile.
      spawnSync('/bin/sh', ['-c', 'rm -rf "$1"', 'sh', path], { uid, gid, cwd: '/', env: {} });
      if (lstatSync(path, { throwIfNoEntry: false })) rmdirSync(path);
    } else {
      rmSync(path, { recursive: true, force: true });
    }
  } catch {
    // Something may still write to it.
  }
};
