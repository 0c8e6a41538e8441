import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

const packages = fileURLToPath(new URL('../../../../packages', import.meta.url));
const launcher = join(packages, 'local-dsql/bin/antipode-local-dsql.js');
const antipode = join(packages, 'cli/bin/antipode.js');
const pgModule = import.meta.resolve('pg');
/** The command promises so much. */
const readyMsMax = 3000;
/** A start among others takes longer; of several, one is as fast as the command is. */
const startsMax = 5;
/** Until what a client has sent has reached PostgreSQL. */
const occupiedMs = 500;
/** A second or two; a busy machine may take longer, but not the minute that a COMMIT waits. */
const endMsMax = 20_000;

type Ready = {
  readonly user: string;
  readonly caFile: string;
  readonly environmentFile: string;
  readonly regions: readonly {
    readonly region: string;
    readonly host: string;
    readonly port: number;
    readonly clusterId: string;
    readonly adminToken: string;
  }[];
};

let folder: string;
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-cli-'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: readonly string[]): ChildProcess => {
  const child = spawn(process.execPath, [launcher, ...args], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
};

const untilReady = async (child: ChildProcess): Promise<Ready> => {
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  const [line] = (await once(lines, 'line')) as [string];
  return JSON.parse(line);
};

const timedStart = async () => {
  const started = performance.now();
  const child = run('--port', '0');
  const ready = await untilReady(child);
  return { child, ready, ms: performance.now() - started };
};

const end = async (
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGINT',
): Promise<number | null> => {
  const closed = once(child, 'close');
  child.kill(signal);
  return ((await closed) as [number | null])[0];
};

const failure = async (...args: readonly string[]) => {
  const child = run(...args);
  let stderr = '';
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
};

const connect = async (ready: Ready, at = 0): Promise<pg.Client> => {
  const target = ready.regions[at];
  const client = new pg.Client({
    host: target?.host,
    port: target?.port,
    user: ready.user,
    password: target?.adminToken,
    database: 'postgres',
    ssl: { ca: readFileSync(ready.caFile, 'utf8') },
  });
  // Some tests end the cluster while it is connected.
  client.on('error', () => undefined);
  await client.connect();
  return client;
};

const ask = async (ready: Ready, at: number, sql: string): Promise<unknown> => {
  const client = await connect(ready, at);
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
};

/** Each could keep an endpoint from its end. */
const occupations: readonly ((client: pg.Client) => Promise<void>)[] = [
  async function waitForCommit(client) {
    client.query('CREATE TABLE awaited (id int)').catch(() => undefined);
    const other = await client.query('SELECT 1').catch(() => undefined);
    expect(other).toBeUndefined();
  },
  async function neverRead(client) {
    client.query("SELECT repeat('x', 1000000) FROM generate_series(1, 500)").catch(() => {});
    client.connection.stream.pause();
  },
  async function work(client) {
    client.query('SELECT pg_sleep(200)').catch(() => undefined);
  },
];

describe('antipode-local-dsql', () => {
  it('says in one line of JSON that it is ready and where, and leaves nothing', async () => {
    const { child, ready, ms } = await timedStart();
    let fastestMs = ms;
    for (let starts = 1; fastestMs > 2 * readyMsMax && starts < startsMax; starts += 1) {
      const other = await timedStart();
      fastestMs = Math.min(fastestMs, other.ms);
      await end(other.child);
    }
    expect(fastestMs).toBeLessThan(2 * readyMsMax);
    for (const { adminToken } of ready.regions) {
      const seconds = new URL(`https://${adminToken}`).searchParams.get('X-Amz-Expires');
      expect(Number(seconds)).toBe(900);
    }
    expect(await ask(ready, 0, 'SELECT current_database()')).toBe('postgres');
    await ask(ready, 0, 'CREATE TABLE note (id int PRIMARY KEY)');
    await ask(ready, 1, 'INSERT INTO note VALUES (42)');
    expect(await ask(ready, 0, 'SELECT id FROM note')).toBe(42);
    expect(await end(child)).toBe(0);
    expect(existsSync(dirname(ready.caFile))).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    await expect(ask(ready, 0, 'SELECT 1')).rejects.toThrow();
  });

  it('writes a file that lets antipode migrate find it, also while it wakes up', async () => {
    // Refuses the first connection, and more of them later.
    const child = run('--port', '0', '--faults', 'seed=2,waking-up=0.5');
    const { environmentFile } = await untilReady(child);
    writeFileSync(join(folder, '0001-a.sql'), 'CREATE TABLE a (id text PRIMARY KEY);');
    const script = `. '${environmentFile}' && '${process.execPath}' '${antipode}' migrate up --migrations .`;
    const migrated = spawnSync('sh', ['-c', script], { cwd: folder, encoding: 'utf8' });
    expect([migrated.status, migrated.stderr]).toEqual([0, '']);
    expect(migrated.stdout).toMatch(/^1 migration applied in /m);
    expect(statSync(environmentFile).mode & 0o077).toBe(0);
    await end(child);
    expect(existsSync(environmentFile)).toBe(false);
  });

  it('has the cluster that it is told, and writes variables that clients of PostgreSQL read', async () => {
    const names = ['a', 'b'].map((letter) => letter.repeat(26));
    const child = run('--port', '0', '--cluster-id', names.join(','), '--write-env', 'dsql.vars');
    const { regions, caFile } = await untilReady(child);
    expect(regions).toMatchObject(names.map((clusterId) => ({ host: '127.0.0.1', clusterId })));
    const path = join(folder, 'dsql.vars');
    const script = `import pg from '${pgModule}';
      const client = new pg.Client();
      await client.connect();
      console.log(client.user, (await client.query('SELECT 42 AS answer')).rows[0].answer);
      await client.end();`;
    const { PATH = '' } = process.env;
    const asked = spawnSync(
      process.execPath,
      [`--env-file=${path}`, '--input-type=module', '--eval', script],
      { env: { PATH, NODE_EXTRA_CA_CERTS: caFile }, encoding: 'utf8' },
    );
    expect(asked.stdout, asked.stderr).toBe('admin 42\n');
    await end(child);
  });

  it('keeps its data in a folder', async () => {
    const args = [
      '--port',
      '0',
      '--regions',
      'eu-west-1',
      '--no-auth',
      '--data',
      join(mkdtempSync(join(tmpdir(), 'antipode-kept-')), 'data'),
    ];
    const parent = dirname(args.at(-1) ?? '');
    // PostgreSQL runs as another user where the tests run as root.
    chmodSync(parent, 0o755);
    try {
      const first = run(...args);
      await ask(await untilReady(first), 0, 'CREATE TABLE kept (id int)');
      await end(first);
      const second = run(...args);
      expect(await ask(await untilReady(second), 0, `SELECT to_regclass('kept')::text`)).toBe(
        'kept',
      );
      await end(second);
    } finally {
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it('ends soon after SIGTERM while clients are at work, wait, never read or hold a transaction', async () => {
    const child = run('--port', '0', '--regions', 'us-east-1', '--commit-delay', '60000');
    const ready = await untilReady(child);
    const holder = await connect(ready);
    await holder.query('BEGIN');
    await holder.query('SELECT 1');
    const clients = await Promise.all(occupations.map(() => connect(ready)));
    const occupied = clients.map((client, index) => occupations[index]?.(client));
    await delay(occupiedMs);
    const started = performance.now();
    expect(await end(child, 'SIGTERM')).toBe(0);
    expect(performance.now() - started).toBeLessThan(endMsMax);
    await Promise.all(occupied);
  });

  it('says what it waits for when PostgreSQL does not end, and ends at once when told again', async () => {
    const parent = mkdtempSync(join(tmpdir(), 'antipode-stuck-'));
    chmodSync(parent, 0o755);
    const data = join(parent, 'data');
    const child = run('--port', '0', '--regions', 'us-east-1', '--no-auth', '--data', data);
    await untilReady(child);
    const [pid = ''] = readFileSync(join(data, 'data', 'postmaster.pid'), 'utf8').split('\n');
    process.kill(Number(pid), 'SIGSTOP');
    try {
      const warned = once(child.stderr as NodeJS.ReadableStream, 'data');
      child.kill('SIGTERM');
      expect(`${(await warned)[0]}`).toBe('antipode-local-dsql: waiting for PostgreSQL to end\n');
      expect(await end(child, 'SIGTERM')).toBe(130);
    } finally {
      process.kill(Number(pid), 'SIGKILL');
      rmSync(parent, { recursive: true, force: true });
    }
  });

  it('ends soon after SIGTERM while it waits for a PostgreSQL that says nothing', async () => {
    const mute = createServer(() => undefined).listen(0, '127.0.0.1');
    onTestFinished(() => void mute.close());
    await once(mute, 'listening');
    const { port } = mute.address() as AddressInfo;
    const child = run('--port', '0', '--postgres', `postgres://a:b@127.0.0.1:${port}/postgres`);
    await once(mute, 'connection');
    const started = performance.now();
    expect(await end(child, 'SIGTERM')).toBe(130);
    expect(performance.now() - started).toBeLessThan(endMsMax);
  });

  it('ends with one line when its port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' ? `${address?.port}` : '';
    expect(await failure('--port', port, '--regions', 'us-east-1')).toEqual({
      code: 1,
      stderr: `antipode-local-dsql: port ${port} is in use: end what uses it, or choose another with --port\n`,
    });
    other.close();
  });

  it('ends with one line when the PostgreSQL is not there', async () => {
    const { code, stderr } = await failure('--port', '0', '--postgres', 'postgres://x@127.0.0.1:1');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^antipode-local-dsql: cannot use the PostgreSQL at 127\.0\.0\.1:1: .+\n$/,
    );
  });

  it('ends with 2 and one line for a wrong usage', async () => {
    expect(await failure('--fast')).toEqual({
      code: 2,
      stderr: `antipode-local-dsql: Unknown option '--fast': see antipode-local-dsql --help\n`,
    });
  });
});
