import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isOwn, isShared, openTrusted, ownUid, replaceableAt } from '../folders/private-folder.ts';
import type { PostgresPackage, ProcessUser } from './postgres-binaries.ts';
import { asUser } from './postgres-user.ts';

/** Part of the name of a template that is being written. A random number of its start follows. */
const partial = '.partial-';

/**
 * The beginning of a template's name. The files of a database differ between platforms, and a
 * container may share `node_modules` with its machine.
 */
const ofPlatform = `postgres-${process.platform}-${process.arch}-`;

/** Earlier releases named no platform: the version follows at once. */
const ofAnyPlatform = /^postgres-\d/;

/** Characters of the hash that tells templates of other settings apart. */
const hashChars = 12;

/**
 * The file that keeps a new database of a PostgreSQL package: making one takes half a second, and
 * copying it a tenth of that. It lies in `node_modules` and goes with it. A user that can write
 * there can change the programs of PostgreSQL as well.
 *
 * @param settings the settings that a database is made with
 * @returns `undefined` where this user may keep none, because others own the packages or can write
 * to them.
 */
export const templateFor = (
  { folder, version }: PostgresPackage,
  settings: readonly string[],
): string | undefined => {
  const found = statSync(folder);
  if (ownUid === undefined || found.uid !== ownUid) return undefined;
  if (isShared(found) || replaceableAt(folder) !== undefined) return undefined;
  const hash = createHash('sha256').update(settings.join('\n')).digest('hex').slice(0, hashChars);
  const modules = dirname(dirname(folder));
  return join(modules, '.cache', 'antipode-local-dsql', `${ofPlatform}${version}-${hash}.tar`);
};

/**
 * Refuses a folder of templates in which another user can put a file in the place of a template. It
 * may be older than the packages beside it.
 */
const requirePrivate = (folder: string): void => {
  const found = statSync(folder);
  if (isOwn(found) && !isShared(found) && replaceableAt(folder) === undefined) return;
  throw new Error(`Other users can replace the templates in ${folder}`);
};

/** Runs `tar` as the user of a database, which alone can read and write it. */
const tar = async (
  user: ProcessUser | undefined,
  file: number,
  action: 'read' | 'write',
  directory: string,
): Promise<void> => {
  const script = action === 'read' ? 'umask 077; exec tar -xf -' : 'exec tar -cf - .';
  const stdio = action === 'read' ? [file, 'ignore'] : ['ignore', file];
  const child = spawn('/bin/sh', ['-c', script], {
    ...asUser(user, directory),
    stdio: [...stdio, 'ignore'] as ('ignore' | number)[],
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`tar cannot ${action} ${directory}: it ended with ${code}`);
};

/** Removes what starts have left that were killed while they wrote. */
const removePartial = (path: string): void => {
  for (const name of readdirSync(dirname(path))) {
    if (name.includes(partial)) rmSync(join(dirname(path), name), { force: true });
  }
};

/**
 * Removes the templates of other versions and settings. Another release of this package made them,
 * and each takes 40 MB.
 */
const removeOld = (path: string): void => {
  for (const name of readdirSync(dirname(path))) {
    const isTemplate = name.startsWith(ofPlatform) || ofAnyPlatform.test(name);
    if (!isTemplate || !name.endsWith('.tar') || name === basename(path)) continue;
    rmSync(join(dirname(path), name), { force: true });
  }
};

const writeTemplate = async (
  path: string,
  directory: string,
  user: ProcessUser | undefined,
): Promise<void> => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  requirePrivate(dirname(path));
  removePartial(path);
  const own = `${path}${partial}${randomBytes(8).toString('hex')}`;
  const file = openSync(own, 'wx', 0o600);
  try {
    await tar(user, file, 'write', directory);
    // The name must not outlive the content where the machine loses its power.
    fsyncSync(file);
    renameSync(own, path);
    removeOld(path);
  } catch (error) {
    rmSync(own, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
};

/**
 * Keeps a database that was just made. It holds the hash of a random password, which every copy
 * replaces. Where it cannot be kept, the next start makes its database as this one did.
 */
export const keepTemplate = (
  path: string,
  directory: string,
  user: ProcessUser | undefined,
): Promise<void> => writeTemplate(path, directory, user).catch(() => undefined);

/**
 * Copies a template into an empty folder of its user's.
 *
 * @returns whether there was one.
 * @throws {Error} when it cannot be copied.
 */
export const copyTemplate = async (
  path: string,
  directory: string,
  user: ProcessUser | undefined,
): Promise<boolean> => {
  let file: number;
  try {
    requirePrivate(dirname(path));
    file = openTrusted(path);
  } catch {
    return false;
  }
  try {
    await tar(user, file, 'read', directory);
  } finally {
    closeSync(file);
  }
  return true;
};
