import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Command,
  launcher,
  leftoversIn,
  openFolder,
  type Sandbox,
  startCommand,
} from './local-app/killing.ts';
import { makeReadOnly, noMounts, smallDisk } from './local-app/mounts.ts';
import { freePorts, projectFolder } from './local-app/runner.ts';

const sandbox = (): Sandbox => ({
  project: projectFolder(onTestFinished),
  temporary: openFolder(onTestFinished, 0o1777),
});

const local = (box: Sandbox, ...args: readonly string[]): Command =>
  startCommand(onTestFinished, box, [process.execPath, launcher, 'local', ...freePorts, ...args]);

const dsql = (box: Sandbox, ...args: readonly string[]): Command =>
  startCommand(onTestFinished, box, [
    ...[process.execPath, launcher, 'local', 'dsql', '--port', '0', ...args],
  ]);

/** How a start ended that was refused: what it said, whether it worked before, and what it left. */
const refusal = async (command: Command, box: Sandbox) => ({
  code: await command.ended,
  lines: command.errors().trimEnd().split('\n'),
  synthesized: command.output().includes('synthesizing'),
  leftovers: leftoversIn(box),
});

const refused = (line: RegExp | string) => ({
  code: 1,
  lines: [typeof line === 'string' ? line : expect.stringMatching(line)],
  synthesized: false,
  leftovers: [],
});

const takenPort = async (): Promise<number> => {
  for (;;) {
    // Below those that systems give away, so that its neighbours are free beside other tests.
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, '127.0.0.1');
    onTestFinished(() => void server.close());
    const isTaken = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isTaken) return port;
  }
};

describe('a port that is taken is named with its option, before any work', () => {
  it.each(['--primary-port', '--secondary-port', '--primary-dsql-port', '--secondary-dsql-port'])(
    'antipode local %s',
    async (option) => {
      const [box, port] = [sandbox(), await takenPort()];
      expect(await refusal(local(box, option, String(port)), box)).toEqual(
        refused(
          `antipode: port ${port} is in use: end what uses it, or choose another with ${option}, or all four with --port`,
        ),
      );
    },
  );

  it.each([0, 1])('antipode local dsql, in Region %i', async (region) => {
    const [box, port] = [sandbox(), await takenPort()];
    expect(await refusal(dsql(box, '--port', String(port - region)), box)).toEqual(
      refused(`antipode: port ${port} is in use: end what uses it, or choose another with --port`),
    );
  });
});

describe.each([
  ['antipode local', local],
  ['antipode local dsql', dsql],
])('%s refuses, in one line that names the folder, before any work', (_, run) => {
  it('a data folder where the system keeps the folders', async () => {
    const box = sandbox();
    expect(await refusal(run(box, '--data', '/proc/x/y'), box)).toEqual(
      refused(/^antipode: Cannot write to the data folder \/proc\/x.*: choose another, .*$/),
    );
  });

  it('a data folder that is a file, or lies below one', async () => {
    const box = sandbox();
    const file = join(box.project, 'file');
    writeFileSync(file, 'kept');
    expect(await refusal(run(box, '--data', file), box)).toEqual(
      refused(
        /^antipode: Cannot write to the data folder .*\/file: it is no folder: choose another\.$/,
      ),
    );
    expect(await refusal(run(box, '--data', join(file, 'below')), box)).toEqual(
      refused(/^antipode: Cannot write to the data folder .*: a file is in the way: choose .*$/),
    );
    expect(readFileSync(file, 'utf8')).toBe('kept');
  });

  it.each([
    ['documents', ['letter.txt']],
    ['what looks like a part of a database', ['data']],
  ])('a data folder of somebody else: %s', async (_kind, names) => {
    const box = sandbox();
    const folder = join(box.project, 'mine');
    for (const name of names) mkdirSync(join(folder, name), { recursive: true });
    const before = readdirSync(folder, { recursive: true });
    expect(await refusal(run(box, '--data', folder), box)).toEqual(
      refused(
        /^antipode: The data folder .*\/mine holds other files \(.+\): choose an empty or a new one\.$/,
      ),
    );
    expect(readdirSync(folder, { recursive: true })).toEqual(before);
  });

  it.each(['gone', 'a file'])('a temporary folder that does not exist: %s', async (name) => {
    const box = sandbox();
    writeFileSync(join(box.project, 'a file'), '');
    const gone = { ...box, temporary: join(box.project, name) };
    const { lines, code } = await refusal(run(gone), box);
    const said = `antipode: There is no temporary folder ${gone.temporary}: set TMPDIR to a folder of your own.`;
    expect([code, lines]).toEqual([1, [said]]);
  });

  it.skipIf(noMounts)('a data folder on a disk that can only be read', async () => {
    const [box, disk] = [sandbox(), smallDisk(onTestFinished, '1m')];
    makeReadOnly(disk);
    for (const data of [disk, join(disk, 'below')]) {
      expect(await refusal(run(box, '--data', data), box)).toEqual(
        refused(/^antipode: Cannot write to the data folder .*can only be read: choose .*$/),
      );
    }
  });

  it('a temporary folder whose path is too long for a socket', async () => {
    const box = sandbox();
    const deep = join(box.temporary, 'deep'.repeat(25));
    mkdirSync(deep, { mode: 0o755 });
    const { code, lines } = await refusal(run({ ...box, temporary: deep }), box);
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^antipode: The temporary folder .*deep has too long a path .*$/)],
    ]);
    expect(readdirSync(deep)).toEqual([]);
  });

  it.skipIf(noMounts)('a temporary folder on a disk that can only be read', async () => {
    const disk = smallDisk(onTestFinished, '1m');
    const box = { ...sandbox(), temporary: disk };
    makeReadOnly(disk);
    const { code, lines } = await refusal(run(box), box);
    expect([code, lines]).toEqual([
      1,
      [
        expect.stringMatching(
          /^antipode: Cannot write to the temporary folder .*only be read: .*$/,
        ),
      ],
    ]);
  });

  it.skipIf(noMounts)('a data folder on a disk that is full, and leaves it as it was', async () => {
    const [box, disk] = [sandbox(), smallDisk(onTestFinished, '20m')];
    const { code, lines } = await refusal(run(box, '--data', join(disk, 'data')), box);
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^antipode: PostgreSQL could not create .*: no space is left on .*$/)],
    ]);
    const left = readdirSync(disk, { recursive: true, encoding: 'utf8' });
    expect(
      left.filter((name) => !/^data(\/postgres)?(\/antipode-data\.json)?$/.test(name)),
    ).toEqual([]);
  });

  it.skipIf(noMounts)('a project on a disk that can only be read', async () => {
    const disk = smallDisk(onTestFinished, '1m');
    const box = { ...sandbox(), project: disk };
    writeFileSync(join(disk, 'cdk.json'), '{"app":"true"}');
    makeReadOnly(disk);
    expect(await refusal(run(box), box)).toEqual(
      refused(/^antipode: cannot write to .*\.antipode: its disk can only be read: .*$/),
    );
  });

  it.skipIf(noMounts)('a project on a disk that is full', async () => {
    const disk = smallDisk(onTestFinished, '16k');
    const box = { ...sandbox(), project: disk };
    writeFileSync(join(disk, 'cdk.json'), '{"app":"true"}');
    fill(disk);
    expect(await refusal(run(box), box)).toEqual(
      refused(/^antipode: cannot write to .*\.antipode: no space is left on its disk: .*$/),
    );
  });

  it.skipIf(noMounts).each([
    ['at once', '16k'],
    ['while the database is made', '20m'],
  ])('a temporary folder on a disk that is full: %s', async (_when, size) => {
    const disk = smallDisk(onTestFinished, size);
    const box = { ...sandbox(), temporary: disk };
    if (size === '16k') fill(disk);
    const { code, lines } = await refusal(run(box), { ...box });
    expect([code, lines]).toEqual([
      1,
      [expect.stringMatching(/^antipode: .*\/antipode-kill-.*no space is left on its disk.*$/)],
    ]);
    expect(readdirSync(disk).filter((name) => name !== 'filler')).toEqual([]);
  });
});

/** Fills a disk to the last byte. */
const fill = (disk: string): void => {
  const file = openSync(join(disk, 'filler'), 'a');
  for (const size of [1_048_576, 4_096, 1]) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size));
    } catch {
      // No such piece fits any more.
    }
  }
};

describe('a data folder', () => {
  it('is used again, and only by the command that made it', async () => {
    const box = sandbox();
    const data = join(box.project, 'data');
    for (const _ of ['first', 'again']) {
      const command = dsql(box, '--data', data);
      await command.prints('"ready":true');
      command.child.kill('SIGTERM');
      expect(await command.ended).toBe(0);
    }
    expect(await refusal(local(box, '--data', data), box)).toEqual(
      refused(/^antipode: The data folder .* is one of antipode local dsql, not of antipode local/),
    );
  });
});

describe('antipode local', () => {
  it('asks for the runtime client before it synthesizes', async () => {
    const box = sandbox();
    const hook = `import m from 'node:module';const r=m._resolveFilename;m._resolveFilename=function(n,...a){
      if(n==='aws-lambda-ric')throw new Error('none');return r.call(this,n,...a)}`;
    const command = startCommand(onTestFinished, box, [
      ...[process.execPath, '--import', `data:text/javascript,${encodeURIComponent(hook)}`],
      ...[launcher, 'local', ...freePorts],
    ]);
    expect(await refusal(command, box)).toEqual(
      refused(/^antipode: Install the Lambda runtime client: npm install .*aws-lambda-ric@/),
    );
  });
});

describe.skipIf(noMounts)('a disk that fills up while the stack runs', () => {
  it('ends antipode local dsql with one line', async () => {
    const disk = smallDisk(onTestFinished, '90m');
    const box = { ...sandbox(), temporary: disk };
    const command = dsql(box, '--no-auth', '--regions', 'us-east-1');
    await command.prints('"ready":true');
    const { caFile, regions } = JSON.parse(command.output()) as {
      readonly caFile: string;
      readonly regions: readonly [{ readonly port: number }];
    };
    const client = new pg.Client({
      ...{ host: 'localhost', port: regions[0].port, user: 'admin', database: 'postgres' },
      ssl: { ca: readFileSync(caFile, 'utf8') },
    });
    client.on('error', () => undefined);
    await client.connect();
    await client.query('CREATE TABLE filled (id int PRIMARY KEY, text text)');
    fill(disk);
    for (let id = 0; command.child.exitCode === null && id < 10_000; id += 1) {
      const insert = `INSERT INTO filled SELECT ${id} * 100 + n, repeat('x', 2000) FROM generate_series(0, 99) n`;
      await client.query(insert).catch(() => undefined);
      if (command.errors() !== '') break;
    }
    expect(await command.ended).toBe(1);
    expect(command.errors().trimEnd().split('\n')).toEqual([
      expect.stringMatching(
        /^antipode: PostgreSQL has ended: no space is left on the disk of .*: make room, .*$/,
      ),
    ]);
    await client.end().catch(() => undefined);
    await expect.poll(() => readdirSync(disk), { timeout: 10_000 }).toEqual(['filler']);
  });
});

describe('a disk that is full', () => {
  it.skipIf(!existsSync('/dev/full'))('ends a command that cannot print to it', async () => {
    const box = sandbox();
    const command = startCommand(onTestFinished, box, [
      ...['/bin/sh', '-c', 'exec "$@" >/dev/full', 'sh'],
      ...[process.execPath, launcher, 'local', 'dsql', '--port', '0'],
    ]);
    expect(await refusal(command, box)).toEqual(
      refused('antipode: cannot write what is printed: no space is left on its disk'),
    );
  });
});
