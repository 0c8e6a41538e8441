import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  access,
  lchown,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rmdir,
  stat,
  unlink,
} from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { claimDataFolder, createDataFolder, unwritable } from '../folders/data-folder.ts';
import { isOwn, isShared, ownUid, readTrusted, replaceableAt } from '../folders/private-folder.ts';
import { tellsFullDisk } from '../folders/system-error.ts';
import { openToEveryone, type PostgresBinaries, type ProcessUser } from './postgres-binaries.ts';

const run = promisify(execFile);

export const majorVersion = '16';
export const superuser = 'postgres';

/** Characters that the name of a major version has at most; anything longer is no `PG_VERSION`. */
const versionCharsMax = 3;

/** A folder that keeps a database between starts, and the user that runs it where that is not the user of this process. */
export type DataFolder = {
  readonly path: string;
  readonly user: ProcessUser | undefined;
  /** The owner of the folder. */
  readonly uid: number;
};

/** How a program runs that is not to know anything of this process. */
const asUser = (user: ProcessUser | undefined, cwd = '/') => ({
  ...user,
  cwd,
  env: { LC_ALL: 'C' },
});

const numberFrom = async (...flags: readonly string[]): Promise<number> =>
  Number((await run('id', flags)).stdout);

/** PostgreSQL refuses to run as root; `nobody` runs it instead, or the owner of the folder that keeps its data. */
export const unprivilegedUser = async (folder?: Stats): Promise<ProcessUser | undefined> => {
  if (ownUid !== 0) return undefined;
  const name = folder && folder.uid !== 0 ? String(folder.uid) : 'nobody';
  const uid = folder && folder.uid !== 0 ? folder.uid : await numberFrom('-u', name);
  const gid = await numberFrom('-g', name).catch(() => numberFrom('-g', 'nobody'));
  return { uid, gid };
};

/** A database that is being made; the start that makes it puts a random number behind. */
const partial = '.partial-';

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

/** Refuses a folder that holds something else, before anything about it is changed. */
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
 * Refuses a folder that another user may have put there, or may put another in the place of. Root uses a folder of another user
 * where nobody but the owner of the folder above could make it.
 */
const refuseForeign = async (dataDir: string, named: string, folder: Stats): Promise<void> => {
  const place = replaceableAt(named);
  if (place !== undefined) {
    throw new Error(
      `Other users can replace the data folder ${dataDir}, because ${place} is in their hands: choose a folder below your own, or take their right to write away (chmod go-w).`,
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

/** Sets the folder's rights without following a link that somebody puts in its place meanwhile. */
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
 * Prepares the person's folder, or says in one line why it cannot hold the data.
 *
 * A folder of root's stays root's, and only the database in it is given to the user that runs PostgreSQL: that user can
 * neither read nor replace the password.
 *
 * @throws {Error} with one line when the folder cannot be used, or other users have a hand in it.
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
  // Another user passes through a folder of root's on the way to the database, and sees nothing of it.
  await restrict(path, folder, user && folder.uid === 0 ? 0o711 : 0o700);
  return { path, user, uid: folder.uid };
};

/** The line of a program's output that names its failure. */
const reasonIn = (text = ''): string => {
  if (tellsFullDisk(text)) return 'no space is left on its disk';
  const lines = text.trim().split('\n');
  return lines.find((line) => /error:|FATAL/.test(line)) ?? lines.at(-1) ?? '';
};

/** Makes a database in an empty folder of its user's. The password goes through a pipe, so no file holds it for others. */
const initialise = async (
  { initdb }: PostgresBinaries,
  directory: string,
  user: ProcessUser | undefined,
): Promise<string> => {
  const password = randomBytes(24).toString('base64url');
  const making = run(
    '/bin/sh',
    [
      ...['-c', 'cat | "$@"', 'sh', initdb, `--pgdata=${directory}`, '--pwfile=/dev/stdin'],
      ...[`--username=${superuser}`, '--no-instructions', '--auth=scram-sha-256'],
      ...['--locale=C', '--encoding=UTF8', '--no-sync'],
      // Like the server: a start that is killed meanwhile leaves no segment in the system's memory.
      '--set=dynamic_shared_memory_type=mmap',
    ],
    asUser(user, directory),
  );
  making.child.stdin?.on('error', () => undefined).end(`${password}\n`);
  await making.catch((cause: Error & { readonly stderr?: string }) => {
    const reason = reasonIn(cause.stderr);
    throw new Error(`PostgreSQL could not create its data in ${directory}: ${reason}`, { cause });
  });
  return password;
};

/** Makes a folder with the rights of its user: root would change what that user puts in its place meanwhile. */
const createFolderAs = async (user: ProcessUser | undefined, path: string): Promise<void> => {
  await run('/bin/sh', ['-c', 'umask 077; mkdir "$1"', 'sh', path], asUser(user));
};

/**
 * Makes a database in `data` of the run folder, which is its user's already.
 *
 * @returns the password of its superuser.
 */
export const createTemporaryData = async (
  binaries: PostgresBinaries,
  runFolder: string,
  user: ProcessUser | undefined,
): Promise<string> => {
  const directory = join(runFolder, 'data');
  await createFolderAs(user, directory);
  return initialise(binaries, directory, user);
};

/**
 * Removes a folder with the rights of its user: root would follow whatever that user puts in its way meanwhile.
 */
const removeAs = async (user: ProcessUser | undefined, path: string): Promise<void> => {
  // The user may not remove the folder itself from one of root's.
  await run('/bin/sh', ['-c', 'rm -rf "$1"', 'sh', path], asUser(user)).catch(() => {});
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
};

/** An error of the file system in words; any other as it is. */
const explained = (path: string, cause: unknown): unknown =>
  (cause as NodeJS.ErrnoException).syscall === undefined ? cause : unwritable(path, cause);

/**
 * Removes what starts have left that were cut short while they made the database. One that still makes it has lost, and may
 * add files meanwhile: a later start removes the rest.
 */
const removePartial = async ({ path, user }: DataFolder): Promise<void> => {
  const names = (await readdir(path)).filter((name) => name.includes(partial));
  const remove = async (one: string): Promise<void> =>
    (await lstat(one)).isDirectory() ? removeAs(user, one) : unlink(one);
  await Promise.allSettled(names.map((name) => remove(join(path, name))));
};

/** Writes the password for later starts into a new file that the owner of the folder alone can read. */
const keepPassword = async (path: string, password: string, uid: number): Promise<void> => {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(password);
    if (ownUid === 0) await file.chown(uid, 0);
  } finally {
    await file.close();
  }
};

/** The file belongs to the user that ran PostgreSQL where the folder was that user's once. */
const readPassword = ({ path, uid, user }: DataFolder): string => {
  const owners = [uid, user?.uid];
  try {
    return readTrusted(
      join(path, 'password'),
      (file) => isOwn(file) || owners.includes(file.uid),
    ).trim();
  } catch (cause) {
    const isLost = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const state = isLost ? 'has lost its password file' : 'has a password file of somebody else’s';
    throw new Error(`The data folder ${path} ${state}: choose another folder.`, { cause });
  }
};

/** The new database beside its place, and its password. */
type PartialData = { readonly data: string; readonly password: string };

const makePartial = async (
  binaries: PostgresBinaries,
  { user, uid }: DataFolder,
  { data, password }: PartialData,
): Promise<void> => {
  if (user && uid === 0) {
    // No other user can put anything into a folder of root's.
    await mkdir(data, { mode: 0o700 });
    await lchown(data, user.uid, user.gid);
  } else {
    await createFolderAs(user, data);
  }
  const secret = await initialise(binaries, data, user);
  await keepPassword(password, secret, uid);
};

const isThere = async (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );

/**
 * Makes the database beside its place and moves it there: a start that is cut short leaves nothing that looks whole, and
 * of two at once one wins.
 */
const createKeptData = async (binaries: PostgresBinaries, folder: DataFolder): Promise<void> => {
  const { path, user } = folder;
  const [data, password] = [join(path, 'data'), join(path, 'password')];
  const suffix = `${partial}${randomBytes(8).toString('hex')}`;
  const own = { data: `${data}${suffix}`, password: `${password}${suffix}` };
  try {
    await makePartial(binaries, folder, own);
    await rename(own.data, data);
  } catch (cause) {
    const lost = await isThere(join(data, 'PG_VERSION'));
    // The disk may be full.
    await removeAs(user, own.data).catch(() => undefined);
    await unlink(own.password).catch(() => undefined);
    if (!lost) throw explained(path, cause);
    throw new Error(`The data folder ${path} is in use by another start: choose another folder.`, {
      cause,
    });
  }
  await rename(own.password, password);
  await removePartial(folder);
};

/**
 * Opens the database in `data` of a prepared folder, and makes it at the first start.
 *
 * @returns the password of its superuser.
 */
export const openKeptData = async (
  binaries: PostgresBinaries,
  folder: DataFolder,
  onCreate: () => void,
): Promise<string> => {
  const found = await lstat(join(folder.path, 'data', 'PG_VERSION')).catch(() => undefined);
  if (found) {
    await removePartial(folder);
  } else {
    onCreate();
    await createKeptData(binaries, folder);
  }
  return readPassword(folder);
};
