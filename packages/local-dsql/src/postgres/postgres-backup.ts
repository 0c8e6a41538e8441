import { constants } from 'node:fs';
import { access, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { prepareDataFolder } from './kept-folder.ts';
import { clientConfig, type Postgres, type PostgresOptions, startPostgres } from './postgres.ts';
import { run } from './postgres-user.ts';

/**
 * Folders whose files a backup leaves out: a server makes them anew, or they come after the others.
 *
 * @see https://www.postgresql.org/docs/16/continuous-archiving.html (its part 26.3.4.1)
 */
const emptied: ReadonlySet<string> = new Set([
  ...['pg_wal', 'pg_replslot', 'pg_dynshmem', 'pg_notify', 'pg_serial', 'pg_snapshots'],
  ...['pg_stat_tmp', 'pg_subtrans'],
]);

/** Files of the running server, and the one that is copied last. */
const leftOut: ReadonlySet<string> = new Set(['postmaster.pid', 'postmaster.opts', 'pg_control']);

const unlessGone = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'ENOENT') throw error;
};

/** Copies a folder whose files change meanwhile; what is gone is in the log of the server. */
const copyTree = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) {
      if (emptied.has(entry.name)) await mkdir(target, { mode: 0o700 });
      else await copyTree(source, target);
    } else if (entry.isFile() && !leftOut.has(entry.name)) {
      await copyFile(source, target, constants.COPYFILE_FICLONE).catch(unlessGone);
    }
  }
};

/** Copies the log, which repairs what has changed while the other files were copied. */
const copyLog = async (from: string, to: string, firstFile: string): Promise<void> => {
  for (const entry of await readdir(join(from, 'pg_wal'), { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const [source, target] = [join(from, 'pg_wal', entry.name), join(to, 'pg_wal', entry.name)];
    await copyFile(source, target, constants.COPYFILE_FICLONE).catch(unlessGone);
  }
  await mkdir(join(to, 'pg_wal', 'archive_status'), { mode: 0o700 });
  await access(join(to, 'pg_wal', firstFile)).catch((cause: unknown) => {
    throw new Error('The log of PostgreSQL went on during the backup: begin it again.', { cause });
  });
};

/**
 * Copies the data of a running PostgreSQL as it is at the end of the call. Its clients go on
 * meanwhile, and do not notice.
 *
 * @param folder receives the copy; it does not exist yet
 * @throws {Error} for a server whose files this process cannot read
 */
export const backUpPostgres = async (postgres: Postgres, folder: string): Promise<void> => {
  const client = new pg.Client(clientConfig(postgres));
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rows: places } = await client.query<{ data: string; first: string }>(
      `SELECT current_setting('data_directory') AS data,
         pg_walfile_name(pg_backup_start('antipode', true)) AS first`,
    );
    const { data = '', first = '' } = places[0] ?? {};
    const to = join(folder, 'data');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await copyTree(data, to);
    await copyFile(join(data, 'global/pg_control'), join(to, 'global/pg_control'));
    const { rows } = await client.query<{ labelfile: string }>(
      'SELECT labelfile FROM pg_backup_stop(false)',
    );
    await copyLog(data, to, first);
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o600 });
    await writeFile(join(folder, 'password'), postgres.password, { mode: 0o600 });
  } finally {
    await client.end();
  }
};

/** Copies files that do not change. */
const copyFiles = async (from: string, to: string): Promise<void> => {
  await mkdir(to, { mode: 0o700 });
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFiles(source, target);
    else await copyFile(source, target, constants.COPYFILE_FICLONE);
  }
};

/**
 * Starts a PostgreSQL from a backup, with the data of that moment. The backup stays as it is.
 *
 * @param backup the folder that {@link backUpPostgres} has filled
 * @param options.dataDir an empty folder, or one that does not exist, for the new data
 * @throws {Error} with one line when the folder cannot be used
 */
export const restorePostgres = async (
  backup: string,
  options: PostgresOptions & { readonly dataDir: string },
): Promise<Postgres> => {
  const { path, user } = await prepareDataFolder(options.dataDir);
  const data = join(path, 'data');
  await copyFiles(join(backup, 'data'), data);
  // The server may not run as root, and takes only files of its own user.
  if (user) await run('chown', ['-Rh', `${user.uid}:${user.gid}`, data]);
  await copyFile(join(backup, 'password'), join(path, 'password'));
  return startPostgres(options);
};
