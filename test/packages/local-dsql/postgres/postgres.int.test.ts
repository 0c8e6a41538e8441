import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  existingPostgres,
  type Postgres,
  startPostgres,
} from '../../../../packages/local-dsql/src/index.ts';
import { childEnvironment } from '../../../support/child-environment.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'antipode-test-'));
  // PostgreSQL runs as another user when the tests run as root.
  await chmod(folder, 0o755);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const ask = async (postgres: Postgres, sql: string): Promise<unknown> => {
  const client = new pg.Client({ ...postgres });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
};

const startsFrom = `
  import { startPostgres } from '${new URL('../../../../packages/local-dsql/src/postgres/postgres.ts', import.meta.url).href}';
  const { host, stop } = await startPostgres(JSON.parse(process.argv[1]));
  console.log(JSON.stringify({ host }));
  setInterval(() => undefined, 1000);
`;

/** Starts PostgreSQL from a process of its own, which is then killed. */
const startAndKill = async (options: object): Promise<string> => {
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', startsFrom, JSON.stringify(options)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  child.kill('SIGKILL');
  await once(child, 'close');
  return (JSON.parse(line.toString()) as { host: string }).host;
};

/** Kills a start while it makes its database. */
const killWhileCreating = async (options: object, temporary: string): Promise<void> => {
  const script = `
    const { startPostgres } = await import('${new URL('../../../../packages/local-dsql/src/postgres/postgres.ts', import.meta.url).href}');
    const kill = () => process.kill(process.pid, 'SIGKILL');
    await startPostgres({ ...JSON.parse(process.argv[1]), onProgress: () => setTimeout(kill, 100) });
  `;
  const child = spawn(
    process.execPath,
    ['--input-type=module', '-e', script, JSON.stringify(options)],
    { env: { ...childEnvironment(), TMPDIR: temporary }, stdio: 'inherit' },
  );
  expect(await once(child, 'close')).toEqual([null, 'SIGKILL']);
};

/** A second here; more on a machine that others use too. */
const removalTimeoutMs = 30_000;

/** Segments of PostgreSQL in the system's memory, if the system shows them in a folder. */
const segments = (): readonly string[] =>
  existsSync('/dev/shm')
    ? readdirSync('/dev/shm').filter((name) => name.startsWith('PostgreSQL'))
    : [];

describe('the temporary folder', () => {
  const endMsMax = 8_000;

  it.each([
    ['temporary', {}],
    ['kept', { dataDir: true }],
  ])('is empty after the first start of a %s database was killed', async (name, options) => {
    const temporary = join(folder, `tmp-${name}`);
    await mkdir(temporary);
    await chmod(temporary, 0o1777);
    const dataDir = join(folder, 'cut');
    const before = segments();
    await killWhileCreating('dataDir' in options ? { dataDir } : {}, temporary);
    await expect.poll(() => readdir(temporary), { timeout: removalTimeoutMs }).toEqual([]);
    await expect.poll(() => segments().filter((name) => !before.includes(name))).toEqual([]);
  });

  it('is empty after the end where nobody else may write to it', async () => {
    const temporary = join(folder, 'tmp-own');
    await mkdir(temporary, { mode: 0o755 });
    vi.stubEnv('TMPDIR', temporary);
    const postgres = await startPostgres().finally(() => vi.unstubAllEnvs());
    expect(await readdir(temporary)).toHaveLength(1);
    const begunAt = performance.now();
    await postgres.stop();
    expect(await readdir(temporary)).toEqual([]);
    // The supervisor does not wait for a folder that its user can only empty.
    expect(performance.now() - begunAt).toBeLessThan(endMsMax);
  });
});

describe('a temporary PostgreSQL', () => {
  it('is version 16 with C collation, UTF-8 and UTC, and leaves nothing', async () => {
    const postgres = await startPostgres();
    const settings = `current_setting('server_version') || current_setting('server_encoding') ||
      current_setting('TimeZone') || (SELECT datcollate FROM pg_database WHERE datname = 'postgres')`;
    expect(await ask(postgres, `SELECT ${settings}`)).toMatch(/^16\.\d+UTF8UTCC$/);
    await postgres.stop();
    await postgres.stop();
    expect(existsSync(postgres.host)).toBe(false);
  });

  it('keeps its shared memory in its folder, where nothing stays behind', async () => {
    const postgres = await startPostgres();
    expect(readdirSync(join(postgres.host, 'data', 'pg_dynshmem'))).not.toEqual([]);
    await postgres.stop();
  });

  /** Below the ports that systems give to outgoing connections. */
  const freePort = 20_000 + (process.pid % 10_000);

  it('listens on loopback with a password when it has a port', async () => {
    const postgres = await startPostgres({ port: freePort });
    try {
      expect(await ask(postgres, 'SELECT 1')).toBe(1);
      await expect(ask({ ...postgres, password: 'x' }, 'SELECT 1')).rejects.toThrow(/password/);
      await expect(startPostgres({ port: freePort })).rejects.toThrow(/port is in use/);
    } finally {
      await postgres.stop();
    }
  });

  it('is killed when it does not end', async () => {
    const postgres = await startPostgres();
    const [pid] = (await readFile(join(postgres.host, 'data', 'postmaster.pid'), 'utf8')).split(
      '\n',
    );
    process.kill(Number(pid), 'SIGSTOP');
    await postgres.stop();
    expect(existsSync(postgres.host)).toBe(false);
  });

  it.each([
    ['SIGKILL', /^PostgreSQL has ended: it was killed \(SIGKILL\)$/],
    ['SIGTERM', /^PostgreSQL has ended: received smart shutdown request$/],
  ] as const)('says so when it ends by %s, though a client holds it', async (signal, message) => {
    const postgres = await startPostgres();
    const client = new pg.Client({ ...postgres });
    client.on('error', () => undefined);
    await client.connect();
    const lock = await readFile(join(postgres.host, 'data', 'postmaster.pid'), 'utf8');
    const failed = once(postgres.failed, 'abort');
    process.kill(Number(lock.split('\n')[0]), signal);
    await failed;
    expect(postgres.failed.reason).toMatchObject({ message: expect.stringMatching(message) });
    await postgres.stop();
    expect(existsSync(postgres.host)).toBe(false);
  });

  it('takes nothing that a client says for its own words, and does not stall on what it logs', async () => {
    const postgres = await startPostgres();
    const texts = ['received smart shutdown request', 'could not write: No space left on device'];
    for (const text of [...texts, 'HINT:  Check free disk space.']) {
      const lines = `\n2026-01-01 00:00:00.000 UTC [1] LOG:  ${text}\n${text}`;
      const statement = `SELECT '${lines}'::int`;
      await expect(ask(postgres, statement)).rejects.toThrow(/invalid input syntax/);
    }
    // More than a pipe holds.
    const noise = `DO $$ BEGIN FOR i IN 1..3000 LOOP RAISE LOG '%', repeat('x', 500); END LOOP; END $$`;
    await ask(postgres, noise);
    expect(await ask(postgres, 'SELECT 1')).toBe(1);
    expect(postgres.failed.aborted).toBe(false);
    await postgres.stop();
    expect(postgres.failed.aborted).toBe(false);
  });

  it('ends, and its folder goes, when the process that started it is killed', async () => {
    const host = await startAndKill({});
    await expect.poll(() => existsSync(host), { timeout: removalTimeoutMs }).toBe(false);
  });
});

describe('a PostgreSQL with a data folder', () => {
  it('keeps its data between starts, also when its process was killed', async () => {
    const dataDir = join(folder, 'kept');
    const first = await startPostgres({ dataDir });
    await ask(first, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    await startAndKill({ dataDir });
    const lock = join(dataDir, 'data', 'postmaster.pid');
    await expect.poll(() => existsSync(lock), { timeout: removalTimeoutMs }).toBe(false);
    const second = await startPostgres({ dataDir });
    expect(await ask(second, 'SELECT answer FROM kept')).toBe(42);
    await second.stop();
  });

  /**
   * The user that runs PostgreSQL when root starts it; the server asks nothing about processes of
   * others.
   */
  const serverUser = process.getuid?.() === 0 ? { uid: 65_534 } : {};

  it.each([
    ['that nobody has waited for yet', 'sleep 0 & exec sleep 60'],
    ['of another program', 'sleep 60 & wait'],
  ])('starts where its lock names a process %s', async (_, script) => {
    const dataDir = await mkdtemp(join(folder, 'kept-'));
    const { stop } = await startPostgres({ dataDir });
    await stop();
    const shell = spawn('/bin/sh', ['-c', script], {
      ...serverUser,
      stdio: 'ignore',
      detached: true,
    });
    try {
      const children = `/proc/${shell.pid}/task/${shell.pid}/children`;
      await expect.poll(() => readFile(children, 'utf8')).toMatch(/\d/);
      const holder = (await readFile(children, 'utf8')).trim();
      await writeFile(join(dataDir, 'data', 'postmaster.pid'), `${holder}\n`);
      const next = await startPostgres({ dataDir });
      expect(await ask(next, 'SELECT 1')).toBe(1);
      await next.stop();
    } finally {
      process.kill(-Number(shell.pid), 'SIGKILL');
    }
  });

  it('refuses a second start on the same folder in one line', async () => {
    const dataDir = join(folder, 'shared');
    const first = await startPostgres({ dataDir });
    try {
      await expect(startPostgres({ dataDir })).rejects.toThrow(/^The data folder .* is in use .*$/);
      expect(await ask(first, 'SELECT 1')).toBe(1);
    } finally {
      await first.stop();
    }
  });

  it('is made by one of several starts at once, and the others say so', async () => {
    const dataDir = join(folder, 'raced');
    const starts = [1, 2, 3].map(() => startPostgres({ dataDir }));
    const ended = await Promise.allSettled(starts);
    await Promise.all(ended.map((one) => one.status === 'fulfilled' && one.value.stop()));
    const lost = ended.flatMap((one) => (one.status === 'rejected' ? [one.reason.message] : []));
    const inUse = expect.stringMatching(/^The data folder .* is in use by another .*$/);
    expect(lost).toEqual([inUse, inUse]);
    expect((await readdir(dataDir)).sort()).toEqual(['antipode-data.json', 'data', 'password']);
  });

  it('refuses a folder that cannot be written', async () => {
    await writeFile(join(folder, 'file'), '');
    const start = startPostgres({ dataDir: join(folder, 'file', 'below') });
    await expect(start).rejects.toThrow(/^Cannot write to the data folder .*$/);
  });

  it.runIf(process.getuid?.() === 0)('refuses a folder that only root can reach', async () => {
    const hidden = join(folder, 'hidden');
    await mkdir(hidden, { mode: 0o700 });
    const start = startPostgres({ dataDir: join(hidden, 'data') });
    await expect(start).rejects.toThrow(/outside of private folders/);
  });

  it('refuses the data of another version', async () => {
    const dataDir = join(folder, 'old');
    await mkdir(join(dataDir, 'data'), { recursive: true });
    await writeFile(join(dataDir, 'data', 'PG_VERSION'), '15\n');
    await expect(startPostgres({ dataDir })).rejects.toThrow(
      /holds PostgreSQL 15 data; version 16/,
    );
  });

  it('leaves nothing in its folder when it cannot make its database', async () => {
    const dataDir = join(folder, 'uncreated');
    await mkdir(join(dataDir, 'data'), { recursive: true });
    await writeFile(join(dataDir, 'antipode-data.json'), '{"keeps":"postgres"}');
    await writeFile(join(dataDir, 'data', 'letter.txt'), 'dear');
    await expect(startPostgres({ dataDir })).rejects.toThrow(/^Cannot write to the data folder/);
    expect((await readdir(dataDir)).sort()).toEqual(['antipode-data.json', 'data']);
    expect(await readdir(join(dataDir, 'data'))).toEqual(['letter.txt']);
  });

  it('refuses a folder with other files, and leaves them alone', async () => {
    const dataDir = join(folder, 'documents');
    await mkdir(dataDir);
    await writeFile(join(dataDir, 'letter.txt'), 'dear');
    await expect(startPostgres({ dataDir })).rejects.toThrow(/holds other files/);
    expect(await readdir(dataDir)).toEqual(['letter.txt']);
  });
});

describe('a PostgreSQL given by URL', () => {
  it('is read from the URL', () => {
    expect(existingPostgres('postgres://test:p%40ss@db:6543/app')).toMatchObject({
      host: 'db',
      port: 6543,
      user: 'test',
      password: 'p@ss',
      database: 'app',
    });
  });

  it('must be a PostgreSQL URL', () => {
    expect(() => existingPostgres('localhost:5432')).toThrow(/must look like postgres:\/\//);
  });
});
