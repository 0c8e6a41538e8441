import { randomBytes } from 'node:crypto';
import { lchown, lstat, mkdir, open, readdir, rename, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { unwritable } from '../folders/data-folder.ts';
import { isOwn, ownUid, readTrusted } from '../folders/private-folder.ts';
import { tellsFullDisk } from '../folders/system-error.ts';
import { type DataFolder, partial } from './kept-folder.ts';
import type { PostgresBinaries, ProcessUser } from './postgres-binaries.ts';
import { copyTemplate, keepTemplate, templateFor } from './postgres-template.ts';
import { asUser, run } from './postgres-user.ts';

export const superuser = 'postgres';

/** The line of a program's output that names its failure. */
const reasonIn = (text = ''): string => {
  if (tellsFullDisk(text)) return 'no space is left on its disk';
  const lines = text.trim().split('\n');
  return lines.find((line) => /error:|FATAL/.test(line)) ?? lines.at(-1) ?? '';
};

/** The settings of each database that is made here. */
const initSettings = [
  ...[`--username=${superuser}`, '--no-instructions', '--auth=scram-sha-256'],
  ...['--locale=C', '--encoding=UTF8', '--no-sync'],
  // Like the server: a start that is killed meanwhile leaves no segment in the system's memory.
  '--set=dynamic_shared_memory_type=mmap',
];

const randomPassword = (): string => randomBytes(24).toString('base64url');

/**
 * Makes a database in an empty folder of its user's. The password goes through a pipe, so no file
 * holds it for others.
 */
const initialise = async (
  { initdb }: PostgresBinaries,
  directory: string,
  user: ProcessUser | undefined,
): Promise<string> => {
  const password = randomPassword();
  const making = run(
    '/bin/sh',
    [
      ...['-c', 'cat | "$@"', 'sh', initdb, `--pgdata=${directory}`, '--pwfile=/dev/stdin'],
      ...initSettings,
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

/** Gives the superuser of a database that no server runs a new password, through a pipe as well. */
const renewPassword = async (
  { postgres }: PostgresBinaries,
  directory: string,
  user: ProcessUser | undefined,
): Promise<string> => {
  const password = randomPassword();
  const alone = ['--single', '-D', directory, '-F', '-c', 'exit_on_error=on', 'postgres'];
  const altering = run(postgres, alone, asUser(user, directory));
  const statement = `ALTER ROLE ${superuser} PASSWORD '${password}'\n`;
  altering.child.stdin?.on('error', () => undefined).end(statement);
  await altering;
  return password;
};

/**
 * Makes a folder with the rights of its user. Root would change a link that this user puts in its
 * place meanwhile.
 */
const createFolderAs = async (user: ProcessUser | undefined, path: string): Promise<void> => {
  await run('/bin/sh', ['-c', 'umask 077; mkdir "$1"', 'sh', path], asUser(user));
};

/**
 * Removes a folder with the rights of its user. Root would follow a link that this user puts there
 * meanwhile.
 */
const removeAs = async (user: ProcessUser | undefined, path: string): Promise<void> => {
  // The user may not remove the folder itself from one of root's.
  await run('/bin/sh', ['-c', 'rm -rf "$1"', 'sh', path], asUser(user)).catch(() => {});
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
};

/**
 * Makes a database from a template.
 *
 * @returns the password of its superuser; `undefined` where no template can be had, and the folder
 * is empty.
 */
const createFromTemplate = async (
  binaries: PostgresBinaries,
  template: string,
  directory: string,
  user: ProcessUser | undefined,
): Promise<string | undefined> => {
  try {
    if (!(await copyTemplate(template, directory, user))) return undefined;
    return await renewPassword(binaries, directory, user);
  } catch {
    // It may be damaged: this start makes another. If the disk is full, that says so.
    await rm(template, { force: true }).catch(() => undefined);
    await removeAs(user, directory);
    await createFolderAs(user, directory);
    return undefined;
  }
};

/**
 * Makes a database in `data` of the run folder. That folder belongs to the user already. The
 * database is a copy of the template that the first start of an installation leaves to the others.
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
  const template = templateFor(binaries.from, initSettings);
  if (template === undefined) return initialise(binaries, directory, user);
  const renewed = await createFromTemplate(binaries, template, directory, user);
  if (renewed !== undefined) return renewed;
  const password = await initialise(binaries, directory, user);
  await keepTemplate(template, directory, user);
  return password;
};

/** An error of the file system in words; any other as it is. */
const explained = (path: string, cause: unknown): unknown =>
  (cause as NodeJS.ErrnoException).syscall === undefined ? cause : unwritable(path, cause);

/**
 * Removes the files of starts that were killed while they made the database. Another start may
 * still be making one, although this start was first, and may add files. A later start removes
 * those.
 */
const removePartial = async ({ path, user }: DataFolder): Promise<void> => {
  const names = (await readdir(path)).filter((name) => name.includes(partial));
  const remove = async (one: string): Promise<void> =>
    (await lstat(one)).isDirectory() ? removeAs(user, one) : unlink(one);
  await Promise.allSettled(names.map((name) => remove(join(path, name))));
};

/**
 * Writes the password for later starts into a new file that the owner of the folder alone can read.
 */
const keepPassword = async (path: string, password: string, uid: number): Promise<void> => {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(password);
    if (ownUid === 0) await file.chown(uid, 0);
  } finally {
    await file.close();
  }
};

/**
 * Reads the password for the superuser. Its file may belong to the user that ran PostgreSQL, if the
 * folder once belonged to that user.
 */
const readPassword = ({ path, uid, user }: DataFolder): string => {
  const owners = [uid, user?.uid];
  try {
    return readTrusted(
      join(path, 'password'),
      (file) => isOwn(file) || owners.includes(file.uid),
    ).trim();
  } catch (cause) {
    const isLost = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const state = isLost ? 'has lost its password file' : 'has a password file of another user';
    throw new Error(`The data folder ${path} ${state}: choose another folder.`, { cause });
  }
};

/** The paths of a new database, beside the place to which it moves, and of its password. */
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
 * Makes the database beside its place and then moves it there. So a start that is killed leaves no
 * database that looks whole, and one of two starts at once wins.
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
