import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { describe, expect, it, onTestFinished } from 'vitest';
import { noMounts, smallDisk } from './local-app/mounts.ts';
import {
  describeDisks,
  describeFullDisk,
  describeRefusals,
  dsql,
  fill,
  local,
  sandbox,
} from './local-app/refusals.ts';
import { describeTakenPorts } from './local-app/taken-ports.ts';

// Both commands refuse a folder in the same code: `npm test` tries one of them.
describeRefusals('antipode local dsql', dsql);
describeFullDisk('antipode local dsql', dsql);
describeDisks('antipode local dsql', dsql);
describeDisks('antipode local', local);

describe('a port that is taken is named with its option, before any work', () => {
  describeTakenPorts(['--primary-port', '--secondary-port', '--primary-dsql-port'], [0]);
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
