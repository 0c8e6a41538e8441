import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { launcher, startCommand } from './local-app/killing.ts';
import { noMounts, smallDisk } from './local-app/mounts.ts';
import {
  describeRefusals,
  dsql,
  fill,
  local,
  refusal,
  refused,
  sandbox,
} from './local-app/refusals.ts';
import { freePorts } from './local-app/runner.ts';

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

describeRefusals('antipode local', local);

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
