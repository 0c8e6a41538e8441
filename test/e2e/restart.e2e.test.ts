import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
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

const start = (
  directory: string,
  port: number,
  atEnd: (end: () => Promise<void>) => void = onTestFinished,
): Runner => {
  const runner = antipodeLocal(directory, ['--port', `${port}`]);
  atEnd(async () => {
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

/** The settings of a connection string; libpq's quotes are around those with a blank. */
const settingsOf = (text: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(
    [...text.matchAll(/(\w+)=(?:'((?:[^'\\]|\\.)*)'|(\S+))/g)].map(([, name, quoted, plain]) => [
      name ?? '',
      quoted?.replace(/\\(.)/g, '$1') ?? plain,
    ]),
  );

/** Has a shell read a psql line, and connects by what psql would have been given. */
const connectBy = async (line: string): Promise<unknown> => {
  const { stdout, stderr } = shell(
    `psql() { printf '%s\\n' "$#" "$PGPASSWORD" "$1"; }; ${line.replace('PGPASSWORD=', 'export PGPASSWORD=').replace(' psql ', '; psql ')}`,
  );
  const [count, password, settings = ''] = stdout.split('\n');
  expect([count, stderr]).toEqual(['1', '']);
  const { host, port, user, dbname, sslmode, sslrootcert } = settingsOf(settings);
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

describe('a stack that was restarted on its port', () => {
  let directory: string;
  let port: number;
  let stack: Runner;
  let before: ReturnType<typeof printed>;
  /** As a shell that has read the file of the first run keeps them. */
  let values: readonly string[];
  const ends: (() => void | Promise<void>)[] = [];
  const readValues = (): readonly string[] => {
    const [sourced = ''] = before.exports;
    const { stdout: environmentFile } = shell(`set -- ${sourced.slice(2)}; printf %s "$1"`);
    return readFileSync(environmentFile, 'utf8').trim().split('\n');
  };

  beforeAll(async () => {
    directory = projectFolder((end) => ends.push(end), "a person's project");
    writeFileSync(join(directory, '0001-a.sql'), 'CREATE TABLE a (id text PRIMARY KEY);');
    port = await freePort();
    const first = start(directory, port, (end) => ends.push(end));
    before = printed(await up(first));
    values = readValues();
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
    expect(migrationStatus(values, directory)).toMatchObject({ status: 0, stderr: '' });
    await end(first);
    stack = start(directory, port, (end) => ends.push(end));
    await up(stack);
  }, timeoutMs);

  afterAll(async () => {
    for (const end of ends.toReversed()) await end();
  });

  it('goes on with what a shell has read before', { timeout: timeoutMs }, async () => {
    expect([before.exports.length, before.psql.length]).toEqual([2, 2]);
    expect(printed(stack.output())).toEqual(before);
    expect(readValues()).toEqual(values);
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
    expect(migrationStatus(values, directory)).toMatchObject({ status: 0, stderr: '' });
    const { stdout } = shell(`${before.exports[1]}; cat "$AWS_CONFIG_FILE"`);
    expect(stdout).toContain('region = us-east-1');
  });

  it.runIf(hasPsql)(
    'opens the real psql by the printed line alone, though its path has a space',
    () => {
      for (const line of printed(stack.output()).psql) {
        const { status, stdout, stderr } = shell(`${line} -At -c 'SELECT 41 + 1'`);
        expect([status, stdout, stderr]).toEqual([0, '42\n', '']);
      }
    },
  );

  it('is left alone by a second stack of the project, which has other ports', {
    timeout: timeoutMs,
  }, async () => {
    const other = start(directory, await freePort());
    expect(printed(await up(other)).psql).not.toEqual(before.psql);
    await end(other);
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
    expect(readValues()).toEqual(values);
    const taken = start(directory, port);
    expect(await taken.exited).toBe(1);
    for (const line of before.psql) expect(await connectBy(line)).toBe('admin');
  });

  it('keeps at its end what the next start goes on with, for this user alone', async () => {
    await end(stack);
    expect(readdirSync(join(directory, '.antipode'))).toContain(`port-${port}`);
    const kept = join(directory, '.antipode', `port-${port}`);
    expect(readdirSync(kept).map((name) => statSync(join(kept, name)).mode & 0o077)).toEqual(
      readdirSync(kept).map(() => 0),
    );
  });
});
