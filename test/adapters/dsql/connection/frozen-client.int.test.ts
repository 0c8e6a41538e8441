import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DsqlDialectOptions } from '../../../../src/adapters/dsql/index.ts';
import { type TestDsql, testDsql } from '../../../support/dsql.ts';
import { adminOptions, migrate, poolOf } from '../../../support/dsql-adapter.ts';
import { type ScaledEndpoint, startScaledEndpoint } from '../../../support/scaled-endpoint.ts';
import type { Answer } from './frozen-client.ts';

/** Long enough for the end of the connection to reach the frozen process. */
const frozenMs = 100;

let dsql: TestDsql;
let endpoint: ScaledEndpoint;
let child: ChildProcess;
let answers: AsyncIterator<string>;

beforeAll(async () => {
  dsql = await testDsql();
  const connections = poolOf(dsql);
  const ddl = 'CREATE TABLE IF NOT EXISTS frozen.notes (id text PRIMARY KEY)';
  await migrate(connections, 'frozen', [{ id: 'notes', ddl }]);
  await connections.close();
  // Without a limit on the age of a connection: on a busy machine it would also end one in the
  // middle of a command.
  endpoint = await startScaledEndpoint(dsql, {});
  const options: DsqlDialectOptions = { ...adminOptions(endpoint), size: 1 };
  const script = `${import.meta.dirname}/frozen-client.ts`;
  child = spawn('node', [script, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (!child.stdout) throw new Error('no output');
  answers = createInterface(child.stdout)[Symbol.asyncIterator]();
});

afterAll(async () => {
  child.kill('SIGKILL');
  await endpoint.stop();
  await dsql.stop();
});

const order = (id: string) => child.stdin?.write(`${id}\n`);

const nextAnswer = async (): Promise<Answer> => JSON.parse((await answers.next()).value) as Answer;

const written = async (): Promise<readonly unknown[]> => {
  const client = await dsql.adminConnection();
  const { rows } = await client.query('SELECT id FROM frozen.notes ORDER BY id');
  return rows.map(({ id }) => id);
};

describe('a process that was frozen while its connection ended', () => {
  const ids: string[] = [];

  it.each([
    ['the other side has ended it, and the command waits already', 'end', 'before'],
    ['the network has reset it, and the command waits already', 'reset', 'before'],
    ['the other side has ended it', 'end', 'after'],
    ['the network has reset it', 'reset', 'after'],
  ] as const)('runs its next command without an error when %s', async (_, how, when) => {
    for (let time = 1; time <= 2; time += 1) {
      const id = `${how} ${when} ${time}`;
      ids.push(`${id} a`, `${id} b`);
      order(`${id} a`);
      expect(await nextAnswer()).toEqual({ id: `${id} a` });
      const knocks = endpoint.knocks().length;
      child.kill('SIGSTOP');
      // The client reads in order: first the command, and then that the connection has ended.
      if (when === 'before') order(`${id} b`);
      endpoint.cut(how);
      await delay(frozenMs);
      child.kill('SIGCONT');
      if (when === 'after') order(`${id} b`);
      expect(await nextAnswer()).toEqual({ id: `${id} b` });
      expect(endpoint.knocks()).toHaveLength(knocks + 1);
    }
  });

  it('has run each command once', async () => {
    expect(await written()).toEqual(ids.toSorted());
  });
});
