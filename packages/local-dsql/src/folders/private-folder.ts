import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';

const sticky = 0o1000;
const writableByGroup = 0o020;
const writableByAll = 0o002;

/** The user whose rights this process has; `undefined` on systems whose users have no numbers. */
export const ownUid = process.geteuid?.();

/** Whether a file belongs to root or to the user of this process. */
export const isOwn = ({ uid }: Pick<Stats, 'uid'>): boolean =>
  ownUid === undefined || uid === 0 || uid === ownUid;

/**
 * Whether other users may rename and remove what lies in a folder. A group with the owner's number,
 * or root's group, counts as a group without other members.
 */
export const isShared = ({ mode, uid, gid }: Pick<Stats, 'mode' | 'uid' | 'gid'>): boolean =>
  ownUid !== undefined &&
  (mode & sticky) === 0 &&
  ((mode & writableByAll) !== 0 || ((mode & writableByGroup) !== 0 && gid !== uid && gid !== 0));

/** The folder and those above it, the folder first. */
const upwards = (path: string): readonly string[] => {
  const above = dirname(path);
  return above === path ? [path] : [path, ...upwards(above)];
};

/** A link on the way to a path that another user has made, in a folder of a third user. */
const foreignLink = (path: string): string | undefined =>
  upwards(resolve(path)).find((one) => {
    const link = lstatSync(one, { throwIfNoEntry: false });
    return link?.isSymbolicLink() && !isOwn(link) && link.uid !== statSync(dirname(one)).uid;
  });

/**
 * The place on the way to an existing file or folder where other users may put another one: a
 * folder above it that they can write to, or a link that one of them made. `undefined` where there
 * is none.
 */
export const replaceableAt = (path: string): string | undefined =>
  foreignLink(path) ??
  upwards(dirname(realpathSync(path))).find((folder) => isShared(statSync(folder)));

/** Opens a file for reading without following a link or waiting for the other end of a pipe. */
const readOnly = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file for reading that may lie where other users can write: only a plain file with one
 * name whose owner is trusted.
 *
 * @returns its descriptor, which the caller closes.
 * @throws {Error} as `open` does, or when it is another kind of file or somebody else's.
 */
export const openTrusted = (
  path: string,
  isTrusted: (file: Pick<Stats, 'uid'>) => boolean = isOwn,
): number => {
  const descriptor = openSync(path, readOnly);
  const file = fstatSync(descriptor);
  if (file.isFile() && file.nlink === 1 && isTrusted(file)) return descriptor;
  closeSync(descriptor);
  throw new Error(`${path} is no file of this user`);
};

/** Reads a file as {@link openTrusted} opens it. */
export const readTrusted = (
  path: string,
  isTrusted?: (file: Pick<Stats, 'uid'>) => boolean,
): string => {
  const descriptor = openTrusted(path, isTrusted);
  try {
    return readFileSync(descriptor, 'utf8');
  } finally {
    closeSync(descriptor);
  }
};

/** Writes a new file that its owner alone can read; a file or a link of that name is an error. */
export const createPrivateFile = (path: string, content: string): void =>
  writeFileSync(path, content, { flag: 'wx', mode: 0o600 });

/**
 * Replaces a file, or a link of its name, by one that its owner alone can read; no reader sees it
 * half written.
 */
export const replacePrivateFile = (path: string, content: string): void => {
  const fresh = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    createPrivateFile(fresh, content);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
};
