import { constants, type Stats } from 'node:fs';
import { access, lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { claimDataFolder, createDataFolder, unwritable } from '../folders/data-folder.ts';
import { isOwn, isShared, ownUid, readTrusted, replaceableAt } from '../folders/private-folder.ts';
import { openToEveryone, type ProcessUser } from './postgres-binaries.ts';
import { unprivilegedUser } from './postgres-user.ts';

export const majorVersion = '16';

/** Characters that the name of a major version has at most; anything longer is no `PG_VERSION`. */
const versionCharsMax = 3;

/**
 * A folder that keeps a database between starts, and the user that runs it where that is not the
 * user of this process.
 */
export type DataFolder = {
  readonly path: string;
  readonly user: ProcessUser | undefined;
  /** The owner of the folder. */
  readonly uid: number;
};

/** Part of the name of a database that is being created. A random number of its start follows. */
export const partial = '.partial-';

/** The major version of the database in a folder, if there is one and its files are its owner's. */
const versionOf = (dataDir: string, trusted: (file: Pick<Stats, 'uid'>) => boolean) => {
  for (const path of [join(dataDir, 'data', 'PG_VERSION'), join(dataDir, 'PG_VERSION')]) {
    try {
      return readTrusted(path, trusted).trim().slice(0, versionCharsMax);
    } catch {
      // No database here.
    }
  }
  return undefined;
};

/** Refuses a folder with other content, before it is changed. */
const refuseOtherContent = (dataDir: string, user: ProcessUser | undefined): void => {
  const version = versionOf(dataDir, (file) => isOwn(file) || file.uid === user?.uid);
  if (version !== undefined && version !== majorVersion) {
    throw new Error(
      `The data folder ${dataDir} holds PostgreSQL ${version} data; version ${majorVersion} is needed: choose another folder.`,
    );
  }
  // Older versions set no mark.
  claimDataFolder(dataDir, 'postgres', (names) => {
    const known = names.every((name) => /^(data|password)(\.partial-[0-9a-f]+)?$/.test(name));
    return known && (version !== undefined || names.every((name) => name.includes(partial)));
  });
};

/**
 * Refuses a folder that another user may have made, or may replace. Root uses a folder of another
 * user if only the owner of the folder above could have made it.
 */
const refuseForeign = async (dataDir: string, named: string, folder: Stats): Promise<void> => {
  const place = replaceableAt(named);
  if (place !== undefined) {
    throw new Error(
      `Other users can replace the data folder ${dataDir}, because they can change ${place}: choose a folder below your own, or remove their right to write (chmod go-w).`,
    );
  }
  const anybodyMakesFolders = ((await stat(dirname(dataDir))).mode & constants.S_IWOTH) !== 0;
  if (!isOwn(folder) && (ownUid !== 0 || anybodyMakesFolders)) {
    throw new Error(
      `The data folder ${dataDir} belongs to another user (${folder.uid}): choose a folder of your own, or move this one below it.`,
    );
  }
  if (isShared(folder) && (await readdir(dataDir)).length > 0) {
    throw new Error(
      `Other users can write to the data folder ${dataDir}: remove it, or choose another.`,
    );
  }
};

/**
 * Sets the folder's rights without following a link that another user puts in its place meanwhile.
 */
const restrict = async (dataDir: string, found: Stats, mode: number): Promise<void> => {
  const flags = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
  const folder = await open(dataDir, flags);
  try {
    const { uid, ino } = await folder.stat();
    if (uid !== found.uid || ino !== found.ino) {
      throw new Error(`The data folder ${dataDir} was replaced: choose a folder of your own.`);
    }
    await folder.chmod(mode);
  } finally {
    await folder.close();
  }
};

/**
 * Prepares the data folder that a person has named.
 *
 * A folder of root's stays root's, and only the database in it is given to the user that runs
 * PostgreSQL: that user can neither read nor replace the password.
 *
 * @throws {Error} with one line when the folder cannot be used, or other users can change it.
 */
export const prepareDataFolder = async (given: string): Promise<DataFolder> => {
  const named = resolve(given);
  createDataFolder(named, 0o700);
  const path = await realpath(named).catch((cause) => {
    throw unwritable(named, cause);
  });
  const folder = await lstat(path);
  await refuseForeign(path, named, folder);
  await access(path, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause) => {
    throw unwritable(path, cause);
  });
  const user = await unprivilegedUser(folder);
  if (user && !(await openToEveryone(dirname(path)))) {
    throw new Error(
      `Root cannot run PostgreSQL, and nobody else can reach the data folder ${path}: choose one outside of private folders.`,
    );
  }
  refuseOtherContent(path, user);
  // The user that runs PostgreSQL must pass through root's folder to the database, and cannot list
  // it.
  await restrict(path, folder, user && folder.uid === 0 ? 0o711 : 0o700);
  return { path, user, uid: folder.uid };
};
