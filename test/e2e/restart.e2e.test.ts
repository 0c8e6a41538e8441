import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { expect, it, onTestFinished } from 'vitest';
import { antipodeLocal, projectFolder, type Runner } from './local-app/runner.ts';

/** Two starts and two ends of the stack on a busy machine. */
const timeoutMs = 180_000;
const launcher = fileURLToPath(new URL('../../packages/cli/bin/antipode.js', import.meta.url));
const hasPsql = spawnSync('psql', ['--version']).status === 0;

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
      .once('error', () => resolve(false))
      .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });

/**
 * A first port whose three others are free too, below those that systems choose for outgoing
 * connections.
 */
const freePort = async (): Promise<number> => {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 10_000);
    const four = [port, port + 32, port + 100, port + 132];
    if ((await Promise.all(four.map(isFree))).every(Boolean)) return port;
  }
};

const start = (directory: string, port: number): Runner => {
  const runner = antipodeLocal(directory, ['--port', `${port}`]);
  onTestFinished(async () => {
    runner.child.kill('SIGINT');
    await runner.exited;
  });
  return runner;
};

const up = (runner: Runner): Promise<string> => runner.prints('Ctrl-C ends it.');

const end = async (runner: Runner): Promise<void> => {
  runner.child.kill('SIGINT');
  expect(await runner.exited).toBe(0);
};

const shell = (script: string, directory = '/') =>
  spawnSync('sh', ['-c', script], { cwd: directory, encoding: 'utf8' });

/** The lines that a person copies from the terminal. */
const printed = (output: string) => ({
  exports: output.split('\n').filter((line) => /^(\.|export) /.test(line)),
  psql: output.split('\n').filter((line) => line.startsWith('PGPASSWORD=')),
});

/** Has a shell read a psql line, and connects by what psql would have been given. */
const connectBy = async (line: string): Promise<unknown> => {
  const { stdout, stderr } = shell(
    `psql() { printf '%s\\n' "$#" "$PGPASSWORD" "$1"; }; ${line.replace('PGPASSWORD=', 'export PGPASSWORD=').replace(' psql ', '; psql ')}`,
  );
  const [count, password, settings = ''] = stdout.split('\n');
  expect([count, stderr]).toEqual(['1', '']);
  const { host, port, user, dbname, sslmode, sslrootcert } = Object.fromEntries(
    settings.split(' ').map((part) => part.split('=')),
  );
  expect(sslmode).toBe('verify-full');
  const client = new pg.Client({
    ...{ host, port: Number(port), user, password, database: dbname },
    ssl: { ca: readFileSync(sslrootcert ?? '', 'utf8') },
  });
  await client.connect();
  try {
    return (await client.query({ text: 'SELECT current_user', rowMode: 'array' })).rows[0]?.[0];
  } finally {
    await client.end();
  }
};

const migrationStatus = (exports: readonly string[], directory: string) =>
  shell(
    [...exports, `'${process.execPath}' '${launcher}' migrate status --migrations . --json`].join(
      ' && ',
    ),
    directory,
  );

it(
  'goes on with what a shell has read before the stack was restarted',
  async () => {
    const directory = projectFolder(onTestFinished);
    writeFileSync(join(directory, '0001-a.sql'), 'CREATE TABLE a (id text PRIMARY KEY);');
    const port = await freePort();
    const first = start(directory, port);
    const before = printed(await up(first));
    expect([before.exports.length, before.psql.length]).toEqual([2, 2]);
    const [environmentFile = ''] = before.exports.map((line) => line.replace('. ', ''));
    // The values themselves, as the shell that has read the file keeps them.
    const values = readFileSync(environmentFile, 'utf8').trim().split('\n');
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
    expect(migrationStatus(values, directory)).toMatchObject({ status: 0, stderr: '' });
    await end(first);

    const second = start(directory, port);
    expect(printed(await up(second))).toEqual(before);
    expect(readFileSync(environmentFile, 'utf8').trim().split('\n')).toEqual(values);
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
    expect(migrationStatus(values, directory)).toMatchObject({ status: 0, stderr: '' });
    const config = /AWS_CONFIG_FILE=(\S+)/.exec(before.exports[1] ?? '')?.[1] ?? '';
    expect(readFileSync(config, 'utf8')).toContain('region = us-east-1');
    await end(second);
    expect(readdirSync(join(directory, '.antipode'))).toEqual([`port-${port}`]);
    const kept = join(directory, '.antipode', `port-${port}`);
    expect(readdirSync(kept).map((name) => statSync(join(kept, name)).mode & 0o077)).toEqual(
      readdirSync(kept).map(() => 0),
    );
  },
  timeoutMs,
);

it.runIf(hasPsql)(
  'opens the real psql by the printed line alone, also where the path has a space',
  async () => {
    const directory = projectFolder(onTestFinished, "a person's project");
    const runner = start(directory, await freePort());
    const { psql } = printed(await up(runner));
    for (const line of psql) {
      const { status, stdout, stderr } = shell(`${line} -At -c 'SELECT 41 + 1'`);
      expect([status, stdout, stderr]).toEqual([0, '42\n', '']);
    }
    await end(runner);
  },
  timeoutMs,
);

it(
  'leaves a second stack of the project alone, which has other ports',
  async () => {
    const directory = projectFolder(onTestFinished);
    const [one, other] = [start(directory, await freePort()), start(directory, await freePort())];
    const [kept, ended] = [printed(await up(one)), printed(await up(other))];
    expect(ended.psql).not.toEqual(kept.psql);
    await end(other);
    for (const line of kept.psql) expect(await connectBy(line)).toBe('admin');
    for (const line of kept.exports) {
      const [, file = ''] = /(?:^\. |AWS_CONFIG_FILE=)(\S+)/.exec(line) ?? [];
      expect(existsSync(file)).toBe(true);
    }
    const taken = start(directory, Number(/port-(\d+)/.exec(kept.psql[0] ?? '')?.[1]));
    expect(await taken.exited).toBe(1);
    for (const line of kept.psql) expect(await connectBy(line)).toBe('admin');
    await end(one);
  },
  timeoutMs,
);
